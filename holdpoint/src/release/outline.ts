import { fold } from './fold.ts';
import type { RunLog } from './log/log.ts';
import type { RunState } from './state.ts';

/**
 * The state of a run for looking on, in a time that does not grow with its watch: as the fold of all of its events, but
 * that the blocks of the watch are counted and not read. Throws `not-found` when there is no such run.
 */
export async function outlineState(log: Pick<RunLog, 'outline'>, run: string): Promise<RunState> {
  const { events, blocks, last } = await log.outline(run);
  const state = fold(events);
  const { requests = 0, lost = 0 } = state.edge ?? {};
  return {
    ...state,
    head: last ?? state.head,
    watch: { ...state.watch, blocks: [...state.watch.blocks, ...new Array<unknown>(blocks.count)] },
    ...(blocks.edge === undefined
      ? {}
      : { edge: { requests: requests + blocks.edge.requests, lost: lost + blocks.edge.lost } }),
  };
}

import { explain } from '../kernel/errors.ts';
import { readBlock } from '../watch/block.ts';
import type { RunContext } from './context.ts';
import { meterOf } from './watching.ts';

/** Records what the edge saw since the watch began, the way back included; without an edge to ask, nothing. */
export async function countEdge({ project, journal, authority }: RunContext): Promise<void> {
  const meter = meterOf(project);
  const first = journal.state.watch.blocks
    .map(readBlock)
    .find(({ edge }) => edge?.totals !== undefined)?.edge;
  if (meter === undefined || first?.totals === undefined) return;
  const { totals } = first;
  try {
    const { requests, lost } = await meter(authority.signal);
    const since = (total: number, atFirst: number, inFirst: number): number =>
      Math.max(0, total - (atFirst - inFirst));
    await journal.record({
      type: 'edge.counted',
      requests: since(requests, totals.requests, first.requests),
      lost: since(lost, totals.lost, first.lost),
    });
  } catch (error) {
    authority.signal.throwIfAborted();
    // The count is for people; a release is not judged by whether its edge could be read at the very end.
    await journal.record({ type: 'edge.unread', reason: explain(error) });
  }
}

import type { Json } from '../kernel/canonical.ts';
import { explain } from '../kernel/errors.ts';
import { type History, NO_HISTORY } from '../watch/history.ts';
import type { Recorder } from '../watch/recorder.ts';
import { readTerms, termsOf, type WatchTerms } from '../watch/terms.ts';
import type { RunContext } from './context.ts';
import type { Watching } from './watching.ts';

const HOUR = 3_600_000;

/** The terms of the watch: those that were logged, or those that follow from what is known now, which are then logged. */
export async function agreeOnTerms(
  { journal, from }: RunContext,
  watching: Watching,
  recorder: Recorder | undefined,
): Promise<WatchTerms> {
  const recorded = await recorder?.stop();
  const known = journal.state.watch.terms;
  if (known !== undefined) return readTerms(known);
  const { settings, objectives, source, replicas, interval, clock, signal } = watching;
  const notes: string[] = [];
  const learn = async <Value>(
    what: string,
    otherwise: Value,
    effect: () => Promise<Value>,
  ): Promise<Value> => {
    try {
      return await effect();
    } catch (error) {
      signal.throwIfAborted();
      notes.push(`${what}: ${explain(error)}`);
      return otherwise;
    }
  };
  const serving = await learn('the replicas cannot be listed', [], async () =>
    (await replicas()).filter(({ revision, state }) => revision.digest === from?.digest && state === 'ready'),
  );
  const now = clock.now();
  const remembered =
    serving.length === 0
      ? undefined
      : await learn('the time before cannot be read', undefined, async () =>
          source.history?.(serving, { from: now - HOUR, to: now, interval }, signal),
        );
  const tails =
    serving.length === 0
      ? {}
      : await learn('the latencies of the old version cannot be read', {}, () =>
          source.tails(serving, signal),
        );
  const history = preferred(remembered, recorded ?? NO_HISTORY);
  const terms = termsOf(settings, objectives, { beside: serving.length > 0, history, tails });
  await journal.record({ type: 'watch.began', terms: terms as unknown as Json, notes });
  return terms;
}

/** What a source remembers of an hour says more than what was seen while the release was prepared. */
function preferred(remembered: History | undefined, recorded: History): History {
  if (remembered === undefined) return recorded;
  return {
    counted: { ...recorded.counted, ...remembered.counted },
    levels: { ...recorded.levels, ...remembered.levels },
  };
}

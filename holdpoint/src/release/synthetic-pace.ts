import type { Clock } from '../kernel/clock.ts';

/**
 * When the next request may be sent, given when the last one was: requests keep their distance, and what was missed is
 * not made up for, since a burst would be more than was asked for.
 */
export const pace = (perSecond: number, last: number | undefined, now: number): number =>
  last === undefined ? now : Math.max(now, last + 1_000 / perSecond);

/** Resolves when one more request may be sent, to one after the other; rejects with the signal's reason. */
export type Turn = (signal: AbortSignal) => Promise<void>;

export function turns(perSecond: number, clock: Clock): Turn {
  let queue: Promise<void> = Promise.resolve();
  let last: number | undefined;
  const take = async (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    // A timer may ring a moment too early.
    for (let now = clock.now(); now < pace(perSecond, last, now); now = clock.now()) {
      await clock.wait(Math.ceil(pace(perSecond, last, now) - now), signal);
    }
    last = clock.now();
  };
  return (signal) => {
    const mine = queue.then(() => take(signal));
    queue = mine.catch(() => undefined);
    return mine;
  };
}

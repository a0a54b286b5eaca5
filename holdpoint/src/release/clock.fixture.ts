import type { Clock } from '../kernel/clock.ts';

interface Timer {
  readonly at: number;
  readonly ring: () => void;
}

/**
 * Time that passes only when everybody waits for it: the earliest timer rings once nothing else is left to do in this
 * turn of the event loop. Hours pass in milliseconds, and always in the same order.
 */
export interface VirtualClock extends Clock {
  /** Stops time while something outside of it is being waited for; the returned function lets it go on. */
  hold(): () => void;
}

export function virtualClock(start = Date.parse('2026-03-01T20:00:00Z')): VirtualClock {
  let now = start;
  let held = 0;
  let turning = false;
  let timers: Timer[] = [];
  const turn = (): void => {
    turning = timers.length > 0 && held === 0;
    if (!turning) return;
    const next = timers.reduce((first, timer) => (timer.at < first.at ? timer : first));
    timers = timers.filter((timer) => timer !== next);
    now = Math.max(now, next.at);
    next.ring();
    setImmediate(turn);
  };
  const wind = (): void => {
    if (turning || held > 0) return;
    turning = true;
    setImmediate(turn);
  };
  return {
    now: () => now,
    wait: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const stop = (): void => {
          timers = timers.filter((one) => one !== timer);
          reject(signal?.reason);
        };
        const timer: Timer = {
          at: now + milliseconds,
          ring: () => {
            signal?.removeEventListener('abort', stop);
            resolve();
          },
        };
        signal?.addEventListener('abort', stop, { once: true });
        timers.push(timer);
        wind();
      }),
    hold() {
      held += 1;
      return () => {
        held -= 1;
        wind();
      };
    },
  };
}

import type { Clock } from './clock.ts';

/** Time that passes only while somebody waits, or when it is told to. */
export function steppingClock(start: number): Clock & { pass(milliseconds: number): void } {
  let now = start;
  return {
    now: () => now,
    pass: (milliseconds) => {
      now += milliseconds;
    },
    wait: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      now += milliseconds;
    },
  };
}

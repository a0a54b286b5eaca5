import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../kernel/clock.ts';

export const systemClock: Clock = {
  now: () => Date.now(),
  wait: async (milliseconds, signal) => {
    try {
      await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Node throws an error of its own, which would say nothing of why.
      signal?.throwIfAborted();
      throw error;
    }
  },
};

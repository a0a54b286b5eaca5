import type { RunLog } from './log/log.ts';

/** How a process ends at an event: before it was written, after it was written, or by Ctrl-C right after it. */
export type End = 'lost' | 'written' | 'interrupted';

export interface MortalLog {
  readonly log: RunLog;
  /** Aborts with an interruption. */
  readonly signal: AbortSignal;
  /** Whether the end has come. */
  readonly ended: () => boolean;
}

/** The log as a process sees it that ends at its `at`-th append: after a crash nothing more is written. */
export function mortalLog(log: RunLog, at: number, end: End): MortalLog {
  const interruption = new AbortController();
  let count = 0;
  const dead = (): boolean => end !== 'interrupted' && count >= at;
  return {
    signal: interruption.signal,
    ended: () => count >= at,
    log: {
      ...log,
      async append(run, now, body, fence) {
        if (dead()) throw new Error('the process is dead');
        count += 1;
        if (count === at && end === 'lost') throw new Error('the process dies');
        const event = await log.append(run, now, body, fence);
        if (count === at && end === 'written') throw new Error('the process dies');
        if (count === at) interruption.abort(new DOMException('interrupted', 'AbortError'));
        return event;
      },
    },
  };
}

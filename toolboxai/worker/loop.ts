import type { Logger } from 'pino';
import type { Job, Queue } from '../jobs/queue.ts';

const POLL_MS = 1_000;

export interface LoopOptions {
  readonly queue: Queue;
  readonly concurrency: number;
  readonly leaseSeconds: number;
  readonly maxAttempts: number;
  readonly execute: (job: Job) => Promise<unknown>;
  /** After each write that appended an event. */
  readonly announce: () => void;
  readonly onOutcome: (outcome: 'done' | 'failed' | 'retried' | 'released' | 'lost') => void;
  readonly log: Logger;
}

export interface Loop {
  /** There may be something to do. */
  wake(): void;
  /** Takes no more; waits `ms` for what runs, then puts the rest back for others. */
  stop(ms: number): Promise<void>;
}

/** Takes up to `concurrency` jobs at a time and keeps their leases alive. */
export function createLoop(options: LoopOptions): Loop {
  const { queue, log, announce, onOutcome } = options;
  const running = new Map<Job, Promise<void>>();
  let stopped = false;
  let claiming = false;
  let again = false;

  async function settle(job: Job): Promise<void> {
    await queue.progress(job, 10);
    announce();
    if (job.attempt > options.maxAttempts) throw new Error(`given up after ${options.maxAttempts} attempts`);
    const result = await options.execute(job);
    await queue.progress(job, 90);
    onOutcome((await queue.finish(job, result)) ? 'done' : 'lost');
  }

  async function runJob(job: Job): Promise<void> {
    const beat = setInterval(
      () => void queue.heartbeat(job).catch((error: unknown) => log.warn({ err: error }, 'heartbeat failed')),
      (options.leaseSeconds * 1000) / 3,
    );
    try {
      await settle(job);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const last = job.attempt >= options.maxAttempts;
      log.warn({ runId: job.id, attempt: job.attempt, reason }, 'run failed');
      if (last) onOutcome((await queue.fail(job, reason)) ? 'failed' : 'lost');
      else onOutcome((await queue.retry(job, reason)) ? 'retried' : 'lost');
    } finally {
      clearInterval(beat);
    }
    announce();
  }

  async function fill(): Promise<void> {
    while (!stopped && running.size < options.concurrency) {
      const job = await queue.claim();
      if (!job) return;
      log.info({ runId: job.id, kind: job.kind, attempt: job.attempt }, 'run taken');
      const work = runJob(job)
        .catch((error: unknown) => log.error({ err: error, runId: job.id }, 'run left to its lease'))
        .finally(() => {
          running.delete(job);
          void claim();
        });
      running.set(job, work);
    }
  }

  async function claim(): Promise<void> {
    again = true;
    if (claiming) return;
    claiming = true;
    try {
      while (again && !stopped) {
        again = false;
        await fill();
      }
    } catch (error) {
      log.warn({ err: error }, 'cannot take runs');
    } finally {
      claiming = false;
    }
  }
  const timer = setInterval(() => void claim(), POLL_MS);

  return {
    wake: () => void claim(),
    async stop(ms) {
      stopped = true;
      clearInterval(timer);
      const late = new Promise((resolve) => setTimeout(resolve, ms).unref());
      await Promise.race([Promise.allSettled(running.values()), late]);
      for (const job of running.keys()) if (await queue.release(job)) onOutcome('released');
    },
  };
}

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { CELLS } from './cells.ts';
import type { Outcome } from './run.ts';
import { type Summary, summaryOf } from './summary.ts';
import type { Task } from './worker.ts';

/** Runs that a worker takes at once: few enough for all of them to end together. */
const BATCH = 25;

/** All runs of the cells that are wanted, on all processors. The same for the same seed, however many there are. */
export async function runCells(
  seed: number,
  wanted: (name: string) => boolean,
  done: (share: number) => void,
): Promise<readonly Summary[]> {
  const cells = CELLS.map((cell, index) => ({ cell, index, outcomes: [] as Outcome[] }));
  const chosen = cells.filter(({ cell }) => wanted(cell.name));
  const tasks: Task[] = chosen.flatMap(({ cell, index }) =>
    Array.from({ length: Math.ceil(cell.runs / BATCH) }, (_, batch) => ({
      cell: index,
      from: batch * BATCH,
      to: Math.min(cell.runs, (batch + 1) * BATCH),
      seed,
    })),
  );
  let next = 0;
  let finished = 0;
  const work = async (): Promise<void> => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url));
    try {
      for (let task = tasks[next++]; task !== undefined; task = tasks[next++]) {
        const { cell, from } = task;
        const outcomes = await answer(worker, task);
        const all = cells[cell]?.outcomes ?? [];
        for (const [offset, outcome] of outcomes.entries()) all[from + offset] = outcome;
        finished += 1;
        done(finished / tasks.length);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return chosen.map(({ cell, outcomes }) => summaryOf(cell, outcomes));
}

function answer(worker: Worker, task: Task): Promise<readonly Outcome[]> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject);
    worker.once('message', (outcomes: readonly Outcome[]) => {
      worker.off('error', reject);
      resolve(outcomes);
    });
    worker.postMessage(task);
  });
}

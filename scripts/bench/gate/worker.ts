import { parentPort } from 'node:worker_threads';
import { CELLS } from './cells.ts';
import { type Outcome, simulate } from './run.ts';

/** Runs of one cell, told apart by their number. */
export interface Task {
  readonly cell: number;
  readonly from: number;
  readonly to: number;
  readonly seed: number;
}

/** Every run has random numbers of its own, whichever worker it falls to. */
export const seedOf = (seed: number, cell: number, run: number): number =>
  (Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(cell + 1, 0x85ebca6b) ^ Math.imul(run + 1, 0xc2b2ae35)) | 0;

parentPort?.on('message', ({ cell, from, to, seed }: Task) => {
  const what = CELLS[cell];
  const outcomes: Outcome[] = [];
  for (let run = from; run < to && what !== undefined; run += 1)
    outcomes.push(simulate(what, seedOf(seed, cell, run)));
  parentPort?.postMessage(outcomes);
});

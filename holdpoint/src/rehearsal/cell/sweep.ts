import { findByEnvironment, signal, waitForExit } from '../../system/exec/processes.ts';
import { CELL_VARIABLE } from './orders.ts';

/** Rounds of looking: one that is about to be killed may just have started another. */
const ROUNDS = 20;

/** Kills every process that carries the mark of this cell, but the spared ones. */
export async function sweep(cell: string, spared: readonly number[] = []): Promise<void> {
  for (let round = 0; round < ROUNDS && cell !== ''; round += 1) {
    const found = await findByEnvironment(CELL_VARIABLE, cell);
    const left = found.filter(({ pid }) => !spared.includes(pid));
    if (left.length === 0) return;
    await Promise.all(left.map((process) => signal(process, 'SIGKILL')));
    await Promise.all(left.map((process) => waitForExit(process, 500)));
  }
}

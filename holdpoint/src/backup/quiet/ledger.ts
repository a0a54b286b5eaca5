import { randomUUID } from 'node:crypto';
import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import { identify, isAlive } from '../../system/exec/processes.ts';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';
import { type Debt, type Owed, readDebt, writeDebt } from './debt.ts';

const SUFFIX = '.debt.json';
/** Milliseconds between the signs of life of a debt's owner. */
const BEAT = 10_000;
/** Milliseconds of silence after which an owner that cannot be looked at is taken for dead. */
const SILENT = 60_000;

/** One debt that is on the disk. */
export interface Entry {
  readonly file: string;
  readonly debt: Debt;
}

/** Writes it down; when this returns, the disk has it. The folder is made when it is not there. */
export async function owe(folder: string, owed: Owed): Promise<Entry & { readonly stopBeating: () => void }> {
  const { startTicks } = (await identify(process.pid)) ?? { startTicks: -1 };
  const debt: Debt = { version: 1, ...owed, owner: { host: hostname(), pid: process.pid, startTicks } };
  const file = join(folder, `${randomUUID()}${SUFFIX}`);
  await writeAtomically(file, writeDebt(debt), 0o600);
  const beat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, BEAT);
  beat.unref();
  return { file, debt, stopBeating: () => clearInterval(beat) };
}

/** Replaces what is owed, before more is done to the machine. */
export async function oweMore({ file, debt }: Entry, moves: Debt['moves']): Promise<Entry> {
  const more = { ...debt, moves: [...debt.moves, ...moves] };
  await writeAtomically(file, writeDebt(more), 0o600);
  return { file, debt: more };
}

export const strike = ({ file }: Entry): Promise<void> => rm(file, { force: true });

/** Those whose owners are dead, oldest first. Throws `tampered` for a file that nobody can read. */
export async function openDebts(folder: string, now: number): Promise<readonly Entry[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found: Entry[] = [];
  for (const name of names.filter((each) => each.endsWith(SUFFIX))) {
    const file = join(folder, name);
    const text = await readTextIfAny(file);
    // Paid meanwhile by another command.
    if (text === undefined) continue;
    const debt = readDebt(text);
    if (debt === undefined) {
      throw new HoldpointError('tampered', `the restart debt ${file} cannot be read`, {
        next: 'See with `docker ps --all` that every container of yours runs, then remove that file.',
      });
    }
    if (!(await isHeld(file, debt, now))) found.push({ file, debt });
  }
  return found.sort((a, b) => a.debt.at - b.debt.at);
}

/** In another container or machine the owner's number says nothing; there its signs of life do. */
async function isHeld(file: string, { owner }: Debt, now: number): Promise<boolean> {
  if (owner.host === hostname()) return isAlive({ pid: owner.pid, startTicks: owner.startTicks });
  const seen = await stat(file).catch(() => undefined);
  return seen !== undefined && now - seen.mtimeMs < SILENT;
}

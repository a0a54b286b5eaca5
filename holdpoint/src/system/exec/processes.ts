import { setTimeout as delay } from 'node:timers/promises';
import { hasProcfs, procfs } from './procfs.ts';
import { ps } from './ps.ts';

/** A process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot where there is /proc, elsewhere seconds since the epoch. Compared, never computed with. */
  readonly startTicks: number;
}

export interface FoundProcess extends ProcessIdentity {
  readonly parent: number;
  /** Where there is no /proc, only variables whose values hold no space are told. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Where processes are read from. */
export interface ProcessTable {
  /** undefined when there is none, or only its remains (a zombie). */
  identify(pid: number): Promise<ProcessIdentity | undefined>;
  /** Processes that this user may look into and that carry the variable with just this value. */
  findByEnvironment(key: string, value: string): Promise<readonly FoundProcess[]>;
}

const table: ProcessTable = hasProcfs() ? procfs : ps;

export const identify: ProcessTable['identify'] = (pid) => table.identify(pid);

export const findByEnvironment: ProcessTable['findByEnvironment'] = (key, value) =>
  table.findByEnvironment(key, value);

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  return now?.startTicks === identity.startTicks;
}

/** Signals the process (`group`: its whole process group too); false, and nothing done, when it is no longer the same. */
export async function signal(
  identity: ProcessIdentity,
  name: NodeJS.Signals,
  options: { readonly group?: boolean } = {},
): Promise<boolean> {
  if (!(await isAlive(identity))) return false;
  const reached = kill(identity.pid, name);
  if (options.group === true) kill(-identity.pid, name);
  return reached;
}

function kill(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Whether the process ended within `milliseconds`. Throws the signal's reason on abort. */
export async function waitForExit(
  identity: ProcessIdentity,
  milliseconds: number,
  abort?: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (await isAlive(identity)) {
    const left = deadline - performance.now();
    if (left <= 0) return false;
    await delay(Math.min(50, left), undefined, abort === undefined ? {} : { signal: abort });
  }
  return true;
}

import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessIdentity, ProcessTable } from './process-table.ts';
import { hasProcfs, procfs } from './procfs.ts';
import { ps } from './ps.ts';

export type { FoundProcess, ProcessIdentity } from './process-table.ts';

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

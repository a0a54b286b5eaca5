import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import type { FoundProcess, ProcessTable } from './process-table.ts';

export const hasProcfs = (): boolean => existsSync('/proc/self/stat');

/** The processes of Linux, from proc(5). */
export const procfs: ProcessTable = {
  async identify(pid) {
    const stat = await readStat(pid);
    return stat === undefined ? undefined : { pid, startTicks: stat.startTicks };
  },

  async findByEnvironment(key, value) {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
    const wanted = `${key}=${value}`;
    const found = await Promise.all(
      pids.map(async (pid): Promise<FoundProcess | undefined> => {
        const entries = await readEnvironment(pid);
        if (!entries.includes(wanted)) return undefined;
        const stat = await readStat(pid);
        return stat === undefined ? undefined : { pid, ...stat, environment: asRecord(entries) };
      }),
    );
    return found.filter((process) => process !== undefined);
  },
};

interface Stat {
  readonly parent: number;
  readonly startTicks: number;
}

async function readStat(pid: number): Promise<Stat | undefined> {
  const text = await readOwn(`/proc/${pid}/stat`);
  return text === undefined ? undefined : parseStat(text);
}

/** Fields 3 (state), 4 (parent) and 22 (start time) of proc_pid_stat(5); undefined for a process that has ended. */
export function parseStat(text: string): Stat | undefined {
  // The name in field 2 may hold spaces and brackets, so counting starts after its last bracket.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, parent] = fields;
  const startTicks = Number(fields[19]);
  if (state === undefined || 'ZXx'.includes(state) || !Number.isFinite(startTicks)) return undefined;
  return { parent: Number(parent), startTicks };
}

async function readEnvironment(pid: number): Promise<readonly string[]> {
  return (await readOwn(`/proc/${pid}/environ`))?.split('\0') ?? [];
}

/** Undefined for what has ended meanwhile (ESRCH while reading) or belongs to someone else. */
async function readOwn(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(code)) return undefined;
    throw error;
  }
}

function asRecord(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    entries.flatMap((entry) => {
      const equals = entry.indexOf('=');
      return equals < 1 ? [] : [[entry.slice(0, equals), entry.slice(equals + 1)]];
    }),
  );
}

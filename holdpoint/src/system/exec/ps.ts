import type { FoundProcess, ProcessTable } from './process-table.ts';
import { runKeeping } from './run.ts';

/** Bytes: every environment of the machine is in the list. */
const LONGEST_LIST = 16 * 2 ** 20;

/** The processes of a system without /proc, from ps(1); `e` appends the environment to the arguments. */
export const ps: ProcessTable = {
  async identify(pid) {
    const lines = await list(['-o', 'pid=,ppid=,state=,lstart=,args=', '-p', String(pid)]);
    const found = lines.map(parsePsLine).find((process) => process?.pid === pid);
    return found === undefined ? undefined : { pid, startTicks: found.startTicks };
  },

  async findByEnvironment(key, value) {
    const lines = await list(['axeww', '-o', 'pid=,ppid=,state=,lstart=,args=']);
    return lines.map(parsePsLine).filter((process) => process?.environment[key] === value) as FoundProcess[];
  },
};

async function list(args: readonly string[]): Promise<readonly string[]> {
  const command = { program: 'ps', args, environment: { LC_ALL: 'C' } };
  const { stdout } = await runKeeping(LONGEST_LIST, command, { timeout: 10_000 });
  return stdout.split('\n');
}

const LINE = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+\S+ (\S+)\s+(\d+) (\d\d:\d\d:\d\d) (\d{4})\s?(.*)$/;

/** One line of `pid,ppid,state,lstart,args`; undefined for what has ended and for what is no such line. */
export function parsePsLine(line: string): FoundProcess | undefined {
  const [, pid, parent, state, month, day, time, year, rest] = LINE.exec(line) ?? [];
  if (pid === undefined || state === undefined || state.startsWith('Z')) return undefined;
  return {
    pid: Number(pid),
    parent: Number(parent),
    startTicks: Date.parse(`${month} ${day} ${year} ${time}`) / 1_000,
    environment: Object.fromEntries(
      [...(rest ?? '').matchAll(/(?<=^|\s)([A-Z_][A-Z0-9_]*)=(\S*)/g)].map(([, name, value]) => [
        name ?? '',
        value ?? '',
      ]),
    ),
  };
}

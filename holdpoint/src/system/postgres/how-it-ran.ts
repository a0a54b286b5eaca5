import { readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readTextIfAny } from '../files.ts';
import { runningServer } from './postmaster.ts';

/** How a server was started, so that it can be started like this again. */
export interface HowItRan {
  /** The server's own program. */
  readonly program: string;
  /** Its arguments as it writes them down, each in double quotes. */
  readonly options: string;
  /** Known while it ran. */
  readonly port?: number | undefined;
  /** The file that took what it says, where it said it into one. */
  readonly log?: string | undefined;
}

/** Reads it from the directory, and from the process while there is one; undefined for one that never ran. */
export async function howItRan(data: string): Promise<HowItRan | undefined> {
  const written = parseOptions((await readTextIfAny(join(data, 'postmaster.opts'))) ?? '');
  if (written === undefined) return undefined;
  const running = await runningServer(data);
  if (running === undefined) return written;
  return { ...written, port: running.port, log: await logOf(running.pid) };
}

/** Pure: a `postmaster.opts`, split where pg_ctl itself splits it for a restart. */
export function parseOptions(text: string): Pick<HowItRan, 'program' | 'options'> | undefined {
  const [line = ''] = text.split('\n');
  const at = line.indexOf(' "');
  const program = at < 0 ? line.trim() : line.slice(0, at);
  return program.startsWith('/') ? { program, options: at < 0 ? '' : line.slice(at + 1) } : undefined;
}

/** Pure: the arguments with the port that it had, which a setting that was changed meanwhile may not give. */
export function optionsWithPort({ options, port }: HowItRan): string {
  const named = /"(-p\d*|-{2}port=.*|-c ?port=.*|port=.*)"/.test(options);
  return named || port === undefined || port === 0 ? options : `${options} "-p" "${port}"`.trim();
}

/** Pure: the directory that the server was started with, which may hold its configuration only, and what else. */
export function directoryApart(options: string): {
  readonly folder: string | undefined;
  readonly rest: string;
} {
  const given = /^"-D" "([^"]*)"\s*|\s*"-D" "([^"]*)"/.exec(options);
  const folder = given?.[1] ?? given?.[2];
  const rest = given === null ? options : options.replace(given[0], '');
  // A relative one started somewhere that nobody knows any more.
  return { folder: folder?.startsWith('/') === true ? folder : undefined, rest };
}

/** Where a process writes its errors to, when that is a file. */
async function logOf(pid: number): Promise<string | undefined> {
  const path = await readlink(`/proc/${pid}/fd/2`).catch(() => '');
  const found = path.startsWith('/') ? await stat(path).catch(() => undefined) : undefined;
  return found?.isFile() === true ? await realpath(path) : undefined;
}

/** The service of systemd's that keeps a PostgreSQL server; stopped behind its back, it would be its to start. */
export async function keptByService(data: string): Promise<string | undefined> {
  const running = await runningServer(data);
  const text = running && (await readTextIfAny(`/proc/${running.pid}/cgroup`).catch(() => undefined));
  return text === undefined ? undefined : serviceOf(text);
}

/** Pure: from a `/proc/<pid>/cgroup`. */
export function serviceOf(cgroup: string): string | undefined {
  return /\/([^/\n]*(?:postgres|pgsql)[^/\n]*\.service)$/m.exec(cgroup)?.[1];
}

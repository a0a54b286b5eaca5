import { readdir, readlink, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readTextIfAny } from '../files.ts';

/** What a running server writes of itself to `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly data: string;
  /** 0 while it does not listen. */
  readonly port: number;
  /** Folder of the unix socket, empty when there is none. */
  readonly socketFolder: string;
  readonly ready: boolean;
}

/** Reads the lines of a `postmaster.pid` (PostgreSQL's `pidfile.h`); undefined when it is torn or empty. */
export function parsePostmaster(text: string): Postmaster | undefined {
  const [pid, data, , port, socketFolder, , , status] = text.split('\n').map((line) => line.trim());
  if (!/^-?\d+$/.test(pid ?? '') || !data) return undefined;
  return {
    // A single-user backend writes its number negative.
    pid: Math.abs(Number(pid)),
    data,
    port: Number(port || 0),
    socketFolder: socketFolder ?? '',
    ready: status === 'ready',
  };
}

/**
 * The server that runs on this data directory, whoever started it. A left-over file, and a number that meanwhile
 * belongs to another process, count as none.
 */
export async function runningServer(data: string): Promise<Postmaster | undefined> {
  const text = await readTextIfAny(join(data, 'postmaster.pid'));
  const written = text === undefined ? undefined : parsePostmaster(text);
  if (written === undefined || !isAlive(written.pid)) return undefined;
  return (await worksIn(written.pid, data)) === false ? undefined : written;
}

/**
 * Whether a `postmaster.pid` blocks a new server though nothing works on the directory: its number went to a stranger.
 * A dead number is left to PostgreSQL, which also looks for surviving children by the shared memory named in the file.
 */
export async function isMisleading(data: string): Promise<boolean> {
  const text = await readTextIfAny(join(data, 'postmaster.pid'));
  const written = text === undefined ? undefined : parsePostmaster(text);
  if (written === undefined || !isAlive(written.pid)) return false;
  if ((await worksIn(written.pid, data)) !== false) return false;
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const working = await Promise.all(processes.map((pid) => worksIn(Number(pid), data)));
  return !working.includes(true);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Every process of a server has its data directory as working directory; undefined where /proc does not tell. */
async function worksIn(pid: number, data: string): Promise<boolean | undefined> {
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(data));
  } catch (error) {
    if (process.platform !== 'linux') return undefined;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    // The link is closed to us: a server of this directory can only be a process of the directory's owner.
    const [owner, runner] = await Promise.all([stat(data), stat(`/proc/${pid}`).catch(() => undefined)]);
    return runner?.uid === owner.uid ? undefined : false;
  }
}

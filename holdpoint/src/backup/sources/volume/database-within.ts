import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldpointError } from '../../../kernel/errors.ts';
import { runningServer } from '../../../system/postgres/postmaster.ts';
import type { VolumePlace } from './place.ts';

/** How far below its top a volume is searched: images put their data directory at the top, or one or two below. */
const DEPTH = 3;
/** Folders that are looked into, so that a volume of many small folders costs no time. */
const MOST = 2_000;

/** Data directories of PostgreSQL near the top of a folder. */
export async function databasesWithin(top: string): Promise<readonly string[]> {
  const found: string[] = [];
  let level = [top];
  let looked = 0;
  for (let depth = 0; depth <= DEPTH; depth += 1) {
    const next: string[] = [];
    for (const folder of level) {
      looked += 1;
      if (looked > MOST) return found;
      if (await isDatabase(folder)) found.push(folder);
      else next.push(...(await foldersIn(folder)));
    }
    level = next;
  }
  return found;
}

/**
 * Throws `configuration` where files of PostgreSQL would be copied while a server may write to them: of such copies most
 * are broken, and the rest look whole and are not.
 */
export async function assertNoServer(
  place: VolumePlace,
  databases: readonly string[],
  users: readonly string[],
): Promise<void> {
  const running = await Promise.all(databases.map((folder) => runningServer(folder)));
  if (databases.length === 0 || (users.length === 0 && running.every((server) => server === undefined)))
    return;
  throw new HoldpointError(
    'configuration',
    `the volume '${place.name}' holds a PostgreSQL data directory, and a server may be writing to it`,
    {
      details: [...databases, ...(users.length > 0 ? [`used by ${users.join(', ')}`] : [])],
      next: 'Name the server under `database` and take the volume out of `backups.volumes`, or set `quiet: stop`.',
    },
  );
}

async function isDatabase(folder: string): Promise<boolean> {
  const both = [join(folder, 'PG_VERSION'), join(folder, 'global/pg_control')];
  const stats = await Promise.all(both.map((path) => stat(path).catch(() => undefined)));
  return stats.every((found) => found?.isFile() === true);
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

import { mkdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import type { RunId } from '../../kernel/ids.ts';
import { claim, releaseClaim, unclaimed } from '../../system/claims.ts';
import type { Exec } from '../../system/exec/command.ts';
import { type Session, type SessionOptions, withSession } from '../../system/postgres/connection.ts';
import type { ServerControl } from '../../system/postgres/control.ts';
import { readTablespaces } from './base-backup.ts';
import { outside } from './client-command.ts';
import type { Way } from './consistent-copy.ts';
import { forCounts } from './fingerprint.ts';
import { FILES, type Manifest, writeManifest } from './manifest.ts';
import { boundRows, countTables, databasesOf, writesSince } from './rows.ts';
import { readServerFacts } from './server-facts.ts';
import { readWrites } from './statistics.ts';
import { awaitStatistics } from './statistics-lag.ts';
import { backupId, PARTIAL, removeTorn, syncFolder } from './store.ts';
import { wayFor } from './way.ts';

/** Larger tables are not counted: two readings more would burden a working server. */
export const COUNTED_UP_TO = 256 * 2 ** 20;
/** Milliseconds until sessions that are busy have handed in what they wrote before (`PGSTAT_MIN_INTERVAL`), and some. */
const STATISTICS_LAG = 1_100;

export interface Source {
  readonly server: ServerControl;
  readonly folder: string;
  readonly clock: Clock;
  readonly exec: Exec;
  /** The only way that may be taken; the best that is there when left out. */
  readonly way?: Way;
}

/** Takes a backup and returns its id. It has its name only once all of it is on the disk; an error leaves nothing. */
export async function createBackup(source: Source, run: RunId, signal?: AbortSignal): Promise<string> {
  const id = backupId(source.clock.now(), run);
  const target = join(source.folder, id);
  const partial = `${target}${PARTIAL}`;
  await mkdir(source.folder, { recursive: true, mode: 0o700 });
  await removeTorn(source.folder);
  // Only who holds the lease takes a backup of this run, and that is us.
  for (const torn of await unclaimed(source.folder, (name) => name.endsWith(`-${run}${PARTIAL}`)))
    await rm(torn, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause;
    throw new HoldpointError('conflict', `the backup '${id}' is being taken already`, { cause });
  });
  try {
    await claim(partial);
    await mkdir(join(partial, FILES), { mode: 0o700 });
    const manifest = await fill(source, run, id, join(partial, FILES), signal);
    await writeManifest(partial, manifest);
    const folders = ['', ...manifest.folders].map((path) => join(partial, FILES, path));
    for (const folder of [...folders, partial]) await syncFolder(folder);
    await rename(partial, target);
    await syncFolder(dirname(target));
    // Not before it has its name: a torn backup that nobody claims would never be removed.
    await releaseClaim(target);
    return id;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

async function fill(
  source: Source,
  run: RunId,
  id: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<Manifest> {
  const { server: control, clock } = source;
  const [url, data] = [await control.url(signal), await control.data(signal)];
  const options: SessionOptions = { statementTimeout: 0, signal, name: 'holdpoint backup' };
  const { server, databases, before, base, way } = await withSession(url, options, async (session) => {
    // Idle while files are copied, and a server may be set to close idle sessions.
    await session.query('set idle_session_timeout = 0');
    const server = await readServerFacts(session, data, control);
    const databases = await databasesOf(session);
    const names = databases.map(({ name }) => name);
    const copy = await wayFor(server, { url, exec: source.exec, signal }, source.way);
    if (copy === undefined) {
      throw new HoldpointError('configuration', `there is no ${source.way ?? 'way'} for ${server.version}`);
    }
    if (copy.way === 'pg_backup_start') await assertReadable(session, control);
    const before = await countTables(url, names, COUNTED_UP_TO, signal, forCounts());
    const slot = `holdpoint_${id.toLowerCase().replace(/[^a-z0-9]/g, '_')}`.slice(0, 63);
    const { walSegmentSize } = server;
    const base = await copy.take(session, {
      ...{ data, target, slot, walSegmentSize, signal },
      label: `holdpoint ${id}`,
      now: () => clock.now(),
      observe: () => readWrites(url, names, signal),
    });
    return { server, databases, before, base, way: copy.way };
  });
  const names = databases.map(({ name }) => name);
  const after = await countTables(url, names, COUNTED_UP_TO, signal, forCounts());
  // Where nobody is at work, nothing is waited for.
  await withSession(url, options, (session) => awaitStatistics(session, clock, signal, STATISTICS_LAG));
  const rows = boundRows(before, after, await writesSince(url, names, signal));
  const { startLsn, stopLsn, timeline, startedAt, at } = base;
  return {
    format: 2,
    way,
    run,
    server,
    consistency: { startLsn, stopLsn, timeline, startedAt, at },
    tablespaces: [...base.tablespaces],
    databases: [...databases],
    tables: [...rows.tables],
    uncounted: [...rows.uncounted],
    writes: base.writes,
    bytes: base.files.reduce((sum, file) => sum + file.bytes, 0),
    folders: [...base.folders],
    files: [...base.files].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/** A link that leads nowhere on this machine would look as if its tablespace had just been dropped. */
async function assertReadable(session: Session, server: ServerControl): Promise<void> {
  for (const { location } of outside(await readTablespaces(session))) {
    if ((await server.here(location)) === (await realpath(location).catch(() => undefined))) continue;
    throw new HoldpointError('configuration', `the tablespace ${location} cannot be read from this machine`, {
      next: 'Install a pg_basebackup as new as the server, and let database.url speak the replication protocol.',
    });
  }
}

import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import { type Session, sqlState } from '../../system/postgres/connection.ts';
import type { BaseBackup, ConsistentCopy, CopyOptions } from './consistent-copy.ts';
import { copyWithDigest, sealed } from './copying.ts';
import { type CopiedFile, copyData } from './data-copy.ts';
import { walSegments } from './wal.ts';

/**
 * Copies a running server's files between `pg_backup_start` and `pg_backup_stop`, with the write-ahead log written in
 * between: only together are they consistent (PostgreSQL's manual, "Making a Base Backup Using the Low Level API").
 * A temporary slot keeps that log from being recycled. All of it hangs on this one session: should it or we die, the
 * server itself ends the backup and drops the slot.
 */
async function takeBaseBackup(session: Session, options: CopyOptions): Promise<BaseBackup> {
  const tablespaces = await readTablespaces(session);
  await reserveWal(session, options.slot);
  const startedAt = options.now();
  const start = await startBackup(session, options.label);
  const copy = await copyData(options);
  const writes = await options.observe();
  const at = options.now();
  const [stop] = await session.query<{ lsn: string; label: string; map: string }>(
    'select lsn::text, labelfile as label, spcmapfile as map from pg_backup_stop(wait_for_archive => false)',
  );
  if (start === undefined || stop === undefined)
    throw new HoldpointError('internal', 'the backup has no ends');
  if (JSON.stringify(await readTablespaces(session)) !== JSON.stringify(tablespaces)) {
    throw new HoldpointError('conflict', 'a tablespace came or went during the backup', {
      next: 'Take the backup again.',
    });
  }
  await writeFile(join(options.target, 'backup_label'), stop.label, { flag: 'wx', mode: 0o600 });
  if (stop.map !== '') {
    await writeFile(join(options.target, 'tablespace_map'), stop.map, { flag: 'wx', mode: 0o600 });
  }
  const own = stop.map === '' ? ['backup_label'] : ['backup_label', 'tablespace_map'];
  const files = [...copy.files, ...(await copyWal(options, start.timeline, start.lsn, stop.lsn))];
  for (const path of own) files.push({ path, ...(await sealed(join(options.target, path))) });
  return {
    startLsn: start.lsn,
    stopLsn: stop.lsn,
    timeline: start.timeline,
    startedAt,
    at,
    writes,
    folders: copy.folders,
    files,
    tablespaces,
  };
}

/** Needs nothing but the server and its files. */
export const throughFunctions: ConsistentCopy = { way: 'pg_backup_start', take: takeBaseBackup };

/** Tablespaces beside the default ones; a location that is no absolute path lies inside the data directory. */
export async function readTablespaces(session: Session): Promise<BaseBackup['tablespaces']> {
  return session.query(
    `select oid::text, pg_tablespace_location(oid) as location from pg_tablespace
      where spcname not in ('pg_default', 'pg_global') order by oid`,
  );
}

async function reserveWal(session: Session, slot: string): Promise<void> {
  await session
    .query('select pg_create_physical_replication_slot($1, true, true)', [slot])
    .catch((cause: unknown) => {
      if (sqlState(cause) === '42501') throw forbidden(cause, 'ALTER ROLE … REPLICATION');
      throw new HoldpointError('configuration', 'the server does not keep its WAL for the backup', {
        cause,
        next: 'Raise max_replication_slots, or drop a slot that is no longer used.',
      });
    });
}

async function startBackup(
  session: Session,
  label: string,
): Promise<{ readonly lsn: string; readonly timeline: number }> {
  const [start] = await session
    .query<{ lsn: string; timeline: number }>(
      `select pg_backup_start($1, fast => true)::text as lsn,
              (select timeline_id from pg_control_checkpoint()) as timeline`,
      [label],
    )
    .catch((cause: unknown) => {
      const grant = 'GRANT EXECUTE ON FUNCTION pg_backup_start, pg_backup_stop TO …, in that database';
      throw sqlState(cause) === '42501' ? forbidden(cause, grant) : cause;
    });
  if (start !== undefined) return start;
  throw new HoldpointError('internal', 'the backup has no start');
}

export function forbidden(cause: unknown, statement: string): HoldpointError {
  return new HoldpointError('configuration', 'the user of database.url may not back up', {
    cause,
    next: `Let a superuser run: ${statement}`,
  });
}

/** The log between start and stop, and the histories of earlier timelines. The stop has flushed its last segment. */
async function copyWal(
  options: CopyOptions,
  timeline: number,
  start: string,
  stop: string,
): Promise<readonly CopiedFile[]> {
  const present = await readdir(join(options.data, 'pg_wal'));
  const histories = present.filter((name) => /^[0-9A-F]{8}\.history$/.test(name));
  const segments = walSegments(timeline, start, stop, options.walSegmentSize);
  const missing = segments.filter((name) => !present.includes(name));
  if (missing.length > 0) {
    throw new HoldpointError('conflict', 'the server has recycled WAL that the backup needs', {
      details: missing,
      next: 'Take the backup again.',
    });
  }
  const files: CopiedFile[] = [];
  for (const path of [...histories, ...segments].map((name) => `pg_wal/${name}`)) {
    const copied = await copyWithDigest(join(options.data, path), join(options.target, path), {
      signal: options.signal,
      durable: true,
    });
    files.push({ path, ...copied });
  }
  return files;
}

import { readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Exec } from '../../system/exec/command.ts';
import type { ClientProgram } from '../../system/postgres/clients.ts';
import { type Session, sqlState, withSession } from '../../system/postgres/connection.ts';
import { forbidden, readTablespaces } from './base-backup.ts';
import { baseBackupCommand, outside, tablespaceFolder } from './client-command.ts';
import { parseClientManifest } from './client-manifest.ts';
import type { BaseBackup, ConsistentCopy, CopyOptions } from './consistent-copy.ts';
import { digestFile } from './copying.ts';
import type { CopiedFile } from './data-copy.ts';
import { lastBefore, watchingMoments } from './last-moment.ts';
import { isEmptied } from './selection.ts';

/** A backup takes as long as it takes; this ends one whose server has gone silent. */
const WITHIN = 24 * 3_600_000;
const MANIFEST = 'backup_manifest';

/** pg_basebackup of this machine. It runs as ourselves: the folder is ours, and so is the way into the server. */
export function throughClient(client: ClientProgram, url: string, exec: Exec): ConsistentCopy {
  return {
    way: 'pg_basebackup',
    take: (session, options) => takeWithClient(client, url, exec, session, options),
  };
}

/** Why this server lets the user of `url` not speak the replication protocol; undefined when it does. */
export async function refusedReplication(
  url: string,
  signal?: AbortSignal,
): Promise<HoldpointError | undefined> {
  try {
    const options = { statementTimeout: 0, signal, name: 'holdpoint backup', replication: true };
    await withSession(url, options, (session) => session.query('IDENTIFY_SYSTEM'));
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    const cause = error instanceof HoldpointError ? error.cause : error;
    if (sqlState(cause) === '42501') return forbidden(cause, 'ALTER ROLE … REPLICATION');
    if (sqlState(cause) === undefined) throw error;
    return new HoldpointError('configuration', 'the server refuses a connection for replication', {
      cause,
      details: cause instanceof Error ? [cause.message] : [],
      next: "Add a line for the database 'replication' to pg_hba.conf and reload, and keep max_wal_senders above 2.",
    });
  }
}

async function takeWithClient(
  client: ClientProgram,
  url: string,
  exec: Exec,
  session: Session,
  options: CopyOptions,
): Promise<BaseBackup> {
  const { target, label, signal } = options;
  const refused = await refusedReplication(url, signal);
  if (refused !== undefined) throw refused;
  const tablespaces = await readTablespaces(session);
  const command = baseBackupCommand({ program: client.path, url, target, label, tablespaces });
  const startedAt = options.now();
  try {
    const { moments } = await watchingMoments(session, options, () => copy(command, exec, signal));
    const manifest = parseClientManifest(await readFile(join(target, MANIFEST), 'utf8'));
    const moment = lastBefore(moments, manifest.stopLsn);
    if (moment === undefined) throw new HoldpointError('internal', 'the backup has no instant');
    await rm(join(target, MANIFEST));
    for (const { oid } of outside(tablespaces)) {
      await rm(join(target, 'pg_tblspc', oid));
      await rename(tablespaceFolder(target, oid), join(target, 'pg_tblspc', oid));
    }
    const { at, writes } = moment;
    const { startLsn, stopLsn, timeline } = manifest;
    const ends = { startLsn, stopLsn, timeline, startedAt, at, writes, tablespaces };
    return { ...ends, ...(await gather(target, manifest.files, signal)) };
  } finally {
    await rm(`${target}.tablespaces`, { recursive: true, force: true });
  }
}

async function copy(
  command: ReturnType<typeof baseBackupCommand>,
  exec: Exec,
  signal: AbortSignal | undefined,
): Promise<void> {
  const result = await exec(command, { timeout: WITHIN, ...(signal === undefined ? {} : { signal }) });
  if (result.exitCode === 0) return;
  throw new HoldpointError(result.timedOut ? 'timeout' : 'command-failed', 'pg_basebackup gave up', {
    details: result.stderr.trim().split('\n').slice(-20),
    next: 'Read what it says; when it is the disk or the network, take the backup again.',
  });
}

/** All that lies in the copy. What pg_basebackup has a digest of is not read again; the log has none. */
async function gather(
  target: string,
  known: readonly CopiedFile[],
  signal: AbortSignal | undefined,
): Promise<Pick<BaseBackup, 'folders' | 'files'>> {
  const digests = new Map(known.map((file) => [file.path, file]));
  const folders: string[] = [];
  const files: CopiedFile[] = [];
  for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name).slice(target.length + 1);
    if (entry.isDirectory()) folders.push(path);
    // Old logs of the server restore nothing; its WAL lies in a folder that is emptied otherwise.
    else if (isEmptied(path.split('/')[0] ?? '') && !path.startsWith('pg_wal/')) await rm(join(target, path));
    else files.push(digests.get(path) ?? { path, ...(await digestFile(join(target, path), signal)) });
    digests.delete(path);
  }
  const missing = [...digests.keys()].filter((path) => !isEmptied(path.split('/')[0] ?? ''));
  if (missing.length > 0) {
    throw new HoldpointError('tampered', 'files that pg_basebackup has written are gone', {
      details: missing.slice(0, 20),
      next: 'Take the backup again, and look after the disk that holds it.',
    });
  }
  // Parents before children.
  return { folders: folders.sort(), files };
}

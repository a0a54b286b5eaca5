import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { HoldpointError } from '../../../kernel/errors.ts';
import { type Session, withDatabase, withSession } from '../../../system/postgres/connection.ts';
import { client, type DumpOptions, perform, quoted } from './dump-client.ts';
import { restoreCommand } from './dump-commands.ts';
import { countFaults, countRowsSeen, type DumpCounts } from './dump-counts.ts';
import { applyProperties, createLike, identifier, missingRoles } from './dump-properties.ts';

/** Longest name that PostgreSQL keeps whole, in bytes. */
const LONGEST = 63;

/**
 * Restores each database beside the present one, counts its rows, and then exchanges the names of all of them in one
 * transaction: what was there stays as `<name>_before_<run>`. Cut off, nothing has changed, and it can be called again.
 * Each has the owner, rights and settings that it had when it was dumped; its tablespace is the server's default one, and
 * roles are left as they are. Throws `conflict` when a copy of this run is kept already, or a role is missing.
 */
export async function putDumpBack(
  options: DumpOptions,
  folder: string,
  counts: DumpCounts,
  signal?: AbortSignal,
): Promise<{ readonly kept: string }> {
  const { exec, run } = options;
  // Whoever is connected to a database keeps it from being renamed.
  const url = withDatabase(await options.url(signal), 'template1');
  const session = { statementTimeout: 0, signal, name: 'holdpoint restore' };
  const moves = counts.databases.map(({ name }) => ({
    name,
    beside: named(name, `_restored_${run}`),
    kept: named(name, `_before_${run}`),
  }));
  const [server] = await withSession(url, session, async (lent) => {
    await assertRoles(lent, counts);
    const kept = await existing(
      lent,
      moves.map((move) => move.kept),
    );
    if (kept.length > 0) {
      throw new HoldpointError('conflict', `the server keeps ${kept.join(', ')} already`, {
        next: 'Look at what it holds, and drop or rename it before you restore again.',
      });
    }
    return lent.query<{ major: number }>(
      `select current_setting('server_version_num')::int / 10000 as major`,
    );
  });
  const restore = await client('pg_restore', server?.major ?? 0, exec);
  for (const [index, { folder: own, properties, tables }] of counts.databases.entries()) {
    const { name, beside } = moves[index] ?? { name: '', beside: '' };
    await withSession(url, session, async (lent) => {
      // What an earlier attempt left goes.
      await lent.query(`drop database if exists ${identifier(beside)} with (force)`);
      await createLike(lent, beside, properties);
    });
    const from = join(folder, own);
    const command = restoreCommand(restore, url, {
      ...{ from, jobs: availableParallelism(), create: false },
      database: quoted(beside),
    });
    await perform(exec, command, `pg_restore of ${name}`, signal);
    const found = await withSession(withDatabase(url, beside), session, async (lent) => {
      await lent.query('begin isolation level repeatable read read only');
      return countRowsSeen(lent);
    });
    const faults = countFaults(name, tables, found);
    if (faults.length > 0) {
      throw new HoldpointError('tampered', `the restored database '${name}' is not what was dumped`, {
        details: faults.slice(0, 20),
        next: 'Restore another backup. Nothing was changed.',
      });
    }
    await withSession(url, session, (lent) => applyProperties(lent, beside, properties));
  }
  return withSession(url, session, (lent) => exchange(lent, url, moves));
}

interface Move {
  readonly name: string;
  readonly beside: string;
  readonly kept: string;
}

/** One transaction: whoever is killed in the middle of it has changed nothing. */
async function exchange(
  session: Session,
  url: string,
  moves: readonly Move[],
): Promise<{ readonly kept: string }> {
  const names = moves.map(({ name }) => name);
  const present = await existing(session, names);
  await session.query('begin');
  for (const { name, beside, kept } of moves) {
    if (present.includes(name)) {
      // The rename waits a few seconds for clients to go, and meanwhile lets no new ones in.
      const ending = withSession(url, { statementTimeout: 60_000 }, (other) => endSessions(other, name));
      const renaming = session.query(`alter database ${identifier(name)} rename to ${identifier(kept)}`);
      await Promise.all([renaming, ending]);
    }
    await session.query(`alter database ${identifier(beside)} rename to ${identifier(name)}`);
  }
  await session.query('commit');
  const kept = moves.filter(({ name }) => present.includes(name)).map((move) => move.kept);
  return { kept: kept.length === 0 ? 'nothing: there was no database' : `database ${kept.join(', ')}` };
}

/** Twice: a session may have been on its way in before the rename began. */
async function endSessions(session: Session, database: string): Promise<void> {
  for (let round = 0; round < 2; round += 1) {
    await session.query('select pg_sleep($1)', [round === 0 ? 0.05 : 0.5]);
    await session.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      database,
    ]);
  }
}

async function assertRoles(session: Session, { databases }: DumpCounts): Promise<void> {
  const missing = await missingRoles(
    session,
    databases.map(({ properties }) => properties),
  );
  if (missing.length === 0) return;
  throw new HoldpointError('conflict', `the server has no role ${missing.join(', ')}, which the dump names`, {
    next: 'Make what is missing with CREATE ROLE, and restore again. Nothing was changed.',
  });
}

async function existing(session: Session, names: readonly string[]): Promise<readonly string[]> {
  const rows = await session.query<{ name: string }>(
    'select datname as name from pg_database where datname = any($1)',
    [names],
  );
  return rows.map(({ name }) => name);
}

/** The end tells them apart, so that it is the name that is cut. */
function named(name: string, suffix: string): string {
  const plain = suffix.replace(/[^\w]/g, '_');
  let cut = name;
  while (Buffer.byteLength(cut + plain) > LONGEST) cut = cut.slice(0, -1);
  return cut + plain;
}

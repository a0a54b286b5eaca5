import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { withDatabase, withSession } from '../../../system/postgres/connection.ts';
import { databasesOf } from '../../postgres/rows.ts';
import type { Lent, Source } from '../source.ts';
import { putDumpBack } from './dump-back.ts';
import { client, type DumpOptions, GLOBALS, perform, quoted } from './dump-client.ts';
import { dumpCommand, globalsCommand } from './dump-commands.ts';
import { COUNTS, countRowsSeen, type DumpCounts, readCounts, writeCounts } from './dump-counts.ts';
import { proveDump } from './dump-proof.ts';
import { readProperties } from './dump-properties.ts';

/**
 * A dump of each database in pg_dump's directory format, and the roles. It fits newer versions and other machines, and
 * cannot say at one instant what several databases held: each has a snapshot of its own.
 */
export function dumpSource(options: DumpOptions): Source {
  return {
    name: `postgres-dump:${options.label}`,
    kind: 'postgres-dump',
    async capture(scratch, use, signal) {
      return use(await dumpInto(options, scratch, signal));
    },
    async prove(folder, captured, signal, proving) {
      return proveDump(options, folder, captured, signal, proving);
    },
    async putBack(folder, signal) {
      const counts = readCounts(await readFile(join(folder, COUNTS), 'utf8'));
      return putDumpBack(options, folder, counts, signal);
    },
  };
}

async function dumpInto(
  options: DumpOptions,
  scratch: string,
  signal: AbortSignal | undefined,
): Promise<Lent> {
  const { exec, clock } = options;
  const url = await options.url(signal);
  const session = { statementTimeout: 0, signal, name: 'holdpoint backup' };
  const { major, version, databases } = await withSession(url, session, async (lent) => {
    const [row] = await lent.query<{ number: number; version: string }>(
      `select current_setting('server_version_num')::int as number, current_setting('server_version') as version`,
    );
    const databases = (await databasesOf(lent)).map(({ name }) => name);
    return { major: Math.floor((row?.number ?? 0) / 10_000), version: row?.version ?? '', databases };
  });
  const dump = await client('pg_dump', major, exec);
  const dumpAll = await client('pg_dumpall', major, exec);
  const folder = join(scratch, 'dump');
  await mkdir(folder, { mode: 0o700 });
  const at = clock.now();
  const own = decodeURIComponent(new URL(url).pathname.slice(1));
  await perform(exec, globalsCommand(dumpAll, url, join(folder, GLOBALS), own), 'pg_dumpall', signal);
  const counts: DumpCounts = { databases: [] };
  for (const [index, database] of databases.entries()) {
    const into = join(folder, String(index));
    const counted = await withSession(withDatabase(url, database), session, async (lent) => {
      await lent.query('set idle_in_transaction_session_timeout = 0');
      await lent.query('begin isolation level repeatable read read only');
      const [exported] = await lent.query<{ snapshot: string }>('select pg_export_snapshot() as snapshot');
      const snapshot = exported?.snapshot ?? '';
      const jobs = availableParallelism();
      const command = dumpCommand(dump, url, { database: quoted(database), into, snapshot, jobs });
      await perform(exec, command, `pg_dump of ${database}`, signal);
      return { properties: await readProperties(lent), tables: [...(await countRowsSeen(lent))] };
    });
    counts.databases.push({ name: database, folder: String(index), ...counted });
  }
  await writeFile(join(folder, COUNTS), writeCounts(counts), { mode: 0o600 });
  await chmod(join(folder, GLOBALS), 0o600);
  const tables = counts.databases.flatMap(({ tables: each }) => each);
  const rows = tables.reduce((sum, { rows: count }) => sum + count, 0);
  const facts = { version, databases: databases.length, tables: tables.length, rows };
  return { folder, at, consistency: { kind: 'server', point: 'a snapshot of each database' }, facts };
}

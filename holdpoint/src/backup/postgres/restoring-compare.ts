import { rm } from 'node:fs/promises';
import { HoldpointError } from '../../kernel/errors.ts';
import { type Session, sqlState, withDatabase, withSession } from '../../system/postgres/connection.ts';
import { runningServer } from '../../system/postgres/postmaster.ts';
import type { Manifest } from './manifest.ts';
import type { Replacement } from './replacement.ts';
import type { TableCount } from './rows.ts';
import { rowProblems } from './soundness.ts';

const WITHIN = 60_000;

interface Identity {
  readonly identifier: string;
  readonly port: number;
  readonly recovering: boolean;
  readonly lsn: string;
  readonly early: boolean;
}

/** Asks the restored server what it holds. Throws `check-failed` with what differs from the backup. */
export async function compareRestored(
  { place, url, manifest }: Replacement,
  signal: AbortSignal,
): Promise<string> {
  const { systemIdentifier } = manifest.server;
  const { stopLsn } = manifest.consistency;
  const [identity] = await withSession(url, { statementTimeout: WITHIN, signal }, (session) =>
    session.query<Identity>(
      `select (select system_identifier::text from pg_control_system()) as identifier,
              current_setting('port')::int as port, pg_is_in_recovery() as recovering,
              pg_current_wal_lsn()::text as lsn, pg_current_wal_lsn() < $1::pg_lsn as early`,
      [stopLsn],
    ),
  );
  const running = await runningServer(place.data);
  const wrong: string[] = [];
  if (identity?.identifier !== systemIdentifier || identity.port !== running?.port) {
    wrong.push(`database.url answers from another server than that of ${place.data}`);
  } else if (identity.early) {
    wrong.push(`recovery ended at ${identity.lsn}, before the consistency point ${stopLsn}`);
  }
  const counts = wrong.length > 0 ? [] : await countAsListed(url, manifest, signal);
  if (wrong.length === 0) wrong.push(...rowProblems(manifest, counts));
  if (wrong.length > 0) {
    throw new HoldpointError('check-failed', 'the restored server does not hold what the backup held', {
      details: wrong,
      next: `Keep writes stopped, and look at both: the data from before is ${place.safety}.`,
    });
  }
  await rm(place.notes, { force: true });
  const rows = counts.reduce((sum, { rows: count = 0 }) => sum + count, 0);
  return `${manifest.tables.length} tables with ${rows} rows are as in the backup at ${stopLsn}`;
}

/** Counts what the manifest has counted, and nothing else: the rest may take longer than a service may be away. */
async function countAsListed(
  url: string,
  { tables }: Manifest,
  signal: AbortSignal,
): Promise<readonly TableCount[]> {
  const counts: TableCount[] = [];
  for (const [database, listed] of Map.groupBy(tables, (table) => table.database)) {
    await withSession(withDatabase(url, database), { statementTimeout: 0, signal }, async (session) => {
      // Row security must refuse rather than hide rows.
      await session.query('set row_security = off');
      for (const { schema, table } of listed) {
        const rows = await countOne(session, schema, table);
        counts.push({ database, schema, table, rows, inserted: 0, deleted: 0 });
      }
    });
  }
  return counts;
}

/** Undefined for a table that is not there. */
async function countOne(session: Session, schema: string, table: string): Promise<number | undefined> {
  const [named] = await session.query<{ statement: string }>(
    `select format('select count(*)::float8 as rows from %I.%I', $1::text, $2::text) as statement`,
    [schema, table],
  );
  try {
    return (await session.query<{ rows: number }>(named?.statement ?? ''))[0]?.rows;
  } catch (error) {
    if (sqlState(error) === '42P01') return undefined;
    throw error;
  }
}

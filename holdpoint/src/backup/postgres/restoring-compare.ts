import { rm } from 'node:fs/promises';
import { HoldpointError } from '../../kernel/errors.ts';
import { withSession } from '../../system/postgres/connection.ts';
import { runningServer } from '../../system/postgres/postmaster.ts';
import type { Manifest } from './manifest.ts';
import type { Replacement } from './replacement.ts';
import { countTables, type TableCount } from './rows.ts';
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
  const same = manifest.tables.filter(({ fingerprint }) => fingerprint !== undefined).length;
  return `${manifest.tables.length} tables with ${rows} rows are as in the backup at ${stopLsn}, ${same} of them row by row`;
}

/** Reads what the manifest has read, and nothing else: the rest may take longer than a service may be away. */
async function countAsListed(
  url: string,
  { tables }: Manifest,
  signal: AbortSignal,
): Promise<readonly TableCount[]> {
  const key = (at: { database: string; schema: string; table: string }): string =>
    JSON.stringify([at.database, at.schema, at.table]);
  const listed = new Map(tables.map((table) => [key(table), table]));
  const databases = [...new Set(tables.map(({ database }) => database))];
  const isListed = (at: Parameters<typeof key>[0]): boolean => listed.has(key(at));
  return countTables(
    url,
    databases,
    isListed,
    signal,
    (at) => listed.get(key(at))?.fingerprint !== undefined,
  );
}

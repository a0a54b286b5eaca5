import type { Clock } from '../../kernel/clock.ts';
import { withSession } from '../../system/postgres/connection.ts';
import type { Loss } from '../backup.ts';
import { COUNTED_UP_TO } from './create.ts';
import { movedTables, writesBetween } from './loss.ts';
import type { Manifest } from './manifest.ts';
import { countRows, databasesOf } from './rows.ts';
import { readWrites, systemIdentifier } from './statistics.ts';
import { awaitStatistics } from './statistics-lag.ts';

/**
 * What restoring this backup now would lose. Takes as long as the server's sessions need to hand in what they counted:
 * nothing when they have been idle for long, eleven seconds at most. Throws `unreachable`.
 */
export async function lossSince(
  manifest: Manifest,
  source: { readonly url: string; readonly clock: Clock },
  signal?: AbortSignal,
): Promise<Loss> {
  const { url, clock } = source;
  const milliseconds = Math.max(0, clock.now() - manifest.consistency.at);
  const options = { statementTimeout: 60_000, signal, name: 'holdpoint loss' };
  const { names, missing } = await withSession(url, options, async (session) => {
    const missing: string[] = [];
    if ((await systemIdentifier(session)) !== manifest.server.systemIdentifier) {
      missing.push('the server at database.url is another than the one that was backed up');
    }
    const lag = await awaitStatistics(session, clock, signal);
    if (lag !== undefined) missing.push(lag);
    return { names: (await databasesOf(session)).map(({ name }) => name), missing };
  });
  if (manifest.writes === undefined) {
    return { milliseconds, tables: [], rows: 0, unknown: 'the backup was taken without statistics' };
  }
  const now = await readWrites(url, names, signal);
  const { tables, unknown } = writesBetween(
    manifest.writes,
    now,
    manifest.tables,
    await countRows(url, movedTables(manifest.writes, now), COUNTED_UP_TO, signal),
  );
  const rows = tables.reduce((sum, each) => sum + each.inserted + each.updated + each.deleted, 0);
  const reasons = [...missing, ...unknown];
  return {
    milliseconds,
    tables,
    rows,
    ...(reasons.length === 0 ? {} : { unknown: reasons.join('; ') }),
  };
}

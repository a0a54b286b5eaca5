import { rm } from 'node:fs/promises';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Manifest } from './manifest.ts';
import type { Replacement } from './replacement.ts';
import { identityAt, isServerHere } from './restoring-identity.ts';
import { countTables, type TableCount } from './rows.ts';
import { rowProblems } from './soundness.ts';

/** Asks the restored server what it holds. Throws `check-failed` with what differs from the backup. */
export async function compareRestored(replacement: Replacement, signal: AbortSignal): Promise<string> {
  const { place, server, manifest } = replacement;
  const { stopLsn } = manifest.consistency;
  const identity = await identityAt(replacement, signal);
  const wrong: string[] = [];
  if (!(await isServerHere(replacement, identity))) {
    wrong.push(`database.url answers from another server than that of ${place.data}`);
  } else if (identity.early) {
    wrong.push(`recovery ended at ${identity.lsn}, before the consistency point ${stopLsn}`);
  }
  const counts = wrong.length > 0 ? [] : await countAsListed(await server.url(signal), manifest, signal);
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

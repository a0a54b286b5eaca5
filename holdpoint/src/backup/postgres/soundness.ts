import { HoldpointError } from '../../kernel/errors.ts';
import { type Session, sqlState, withDatabase, withSession } from '../../system/postgres/connection.ts';
import type { NamedTable } from './fingerprint.ts';
import type { Manifest } from './manifest.ts';
import { countTables, type TableCount } from './rows.ts';

/** What reading a whole restored server showed. */
export interface Soundness {
  readonly problems: readonly string[];
  readonly tables: number;
  readonly rows: number;
  readonly heaps: number;
  readonly indexes: number;
  /** False when the server has no amcheck, and only rows were read. */
  readonly structural: boolean;
}

interface Structure {
  readonly heaps: number;
  readonly indexes: number;
  readonly problems: readonly string[];
}

const HEAPS = `c.relkind in ('r', 'm', 't') and c.relpersistence = 'p'
  and c.relam = (select oid from pg_am where amname = 'heap')`;

const B_TREES = `c.relkind = 'i' and c.relpersistence = 'p' and i.indisvalid and i.indisready
  and c.relam = (select oid from pg_am where amname = 'btree')`;

/**
 * Reads every page of every table and index: amcheck compares rows with rules and indexes with rows, and each page that
 * is read is compared with its checksum. PostgreSQL's error classes for damage are findings; any other error is thrown.
 */
export async function readEverything(
  url: string,
  manifest: Manifest,
  signal?: AbortSignal,
): Promise<Soundness> {
  const databases = manifest.databases.map(({ name }) => name);
  const problems: string[] = [...(await endedEarly(url, manifest, signal))];
  let [heaps, indexes, structural] = [0, 0, true];
  for (const database of databases) {
    const found = await damageAsFinding(database, problems, () =>
      withSession(withDatabase(url, database), { statementTimeout: 0, signal }, checkStructure),
    );
    if (found === 'absent') structural = false;
    else if (found !== undefined) {
      heaps += found.heaps;
      indexes += found.indexes;
      problems.push(...found.problems.map((problem) => `${database}: ${problem}`));
    }
  }
  const key = (at: NamedTable): string => JSON.stringify([at.database, at.schema, at.table]);
  const known = new Set(manifest.tables.filter((table) => table.fingerprint !== undefined).map(key));
  const wanted = (table: NamedTable): boolean => known.has(key(table));
  const counts: TableCount[] = [];
  for (const database of databases) {
    const counted = await damageAsFinding(database, problems, () =>
      countTables(url, [database], Number.POSITIVE_INFINITY, signal, wanted),
    );
    counts.push(...(counted ?? []));
  }
  problems.push(...rowProblems(manifest, counts));
  const rows = counts.reduce((sum, { rows: count = 0 }) => sum + count, 0);
  return { problems, tables: counts.length, rows, heaps, indexes, structural };
}

/** Recovery must have come to the consistency point; before it, pages of different instants lie side by side. */
async function endedEarly(url: string, manifest: Manifest, signal?: AbortSignal): Promise<readonly string[]> {
  const { stopLsn } = manifest.consistency;
  return withSession(url, { statementTimeout: 60_000, signal }, async (session) => {
    const early = await session.query<{ lsn: string }>(
      'select pg_current_wal_lsn()::text as lsn where pg_current_wal_lsn() < $1::pg_lsn',
      [stopLsn],
    );
    return early.map(({ lsn }) => `recovery ended at ${lsn}, before the consistency point ${stopLsn}`);
  });
}

/** Pure: tables that are gone, whose rows are not as many as they can have been, or that hold others. */
export function rowProblems(manifest: Manifest, counts: readonly TableCount[]): readonly string[] {
  const key = (at: { database: string; schema: string; table: string }): string =>
    `${at.database}.${at.schema}.${at.table}`;
  const counted = new Map(counts.map((count) => [key(count), count]));
  return manifest.tables.flatMap((table) => {
    const { rows: found, fingerprint } = counted.get(key(table)) ?? {};
    if (found === undefined) return [`${key(table)}: the table is missing`];
    if (found >= table.least && found <= table.most) {
      const same = table.fingerprint === undefined || table.fingerprint === fingerprint;
      return same ? [] : [`${key(table)}: other content, though nothing was written to the original`];
    }
    const expected = table.least === table.most ? `${table.least}` : `${table.least} to ${table.most}`;
    return [`${key(table)}: ${found} rows instead of ${expected}`];
  });
}

async function checkStructure(session: Session): Promise<Structure | 'absent'> {
  const [known] = await session.query(`select 1 from pg_available_extensions where name = 'amcheck'`);
  if (known === undefined) return 'absent';
  await session.query('create extension if not exists amcheck');
  const [at] = await session.query<{ schema: string }>(
    `select format('%I', n.nspname) as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
      where e.extname = 'amcheck'`,
  );
  const problems = await session.query<{ problem: string }>(
    `select format('%s, block %s: %s', c.oid::regclass, v.blkno, v.msg) as problem
       from pg_class c cross join lateral ${at?.schema}.verify_heapam(c.oid) v where ${HEAPS} limit 20`,
  );
  const indexes = await session.query<{ checked: number }>(
    `select count(*)::int as checked
       from (select ${at?.schema}.bt_index_check(c.oid, heapallindexed => true)
               from pg_class c join pg_index i on i.indexrelid = c.oid where ${B_TREES} offset 0) as each`,
  );
  const [heaps] = await session.query<{ heaps: number }>(
    `select count(*)::int as heaps from pg_class c where ${HEAPS}`,
  );
  return {
    heaps: heaps?.heaps ?? 0,
    indexes: indexes[0]?.checked ?? 0,
    problems: problems.map(({ problem }) => problem),
  };
}

async function damageAsFinding<Value>(
  database: string,
  problems: string[],
  use: () => Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await use();
  } catch (error) {
    if (!isDamage(error)) throw error;
    problems.push(`${database}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** XX001 data_corrupted, XX002 index_corrupted, XX000 what the server itself calls an internal error, 58P01 no file. */
function isDamage(error: unknown): boolean {
  const cause = error instanceof HoldpointError ? error.cause : error;
  return ['XX000', 'XX001', 'XX002', '58P01', '58030'].includes(sqlState(cause) ?? '');
}

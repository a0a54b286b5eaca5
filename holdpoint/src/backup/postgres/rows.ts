import { type Session, sqlState, withDatabase, withSession } from '../../system/postgres/connection.ts';
import type { CountedTable } from './manifest.ts';

/** One look at a permanent user table. */
export interface TableCount {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  /** Undefined when it was too large or closed to us. */
  readonly rows: number | undefined;
  /** Rows inserted and deleted since the statistics began. */
  readonly inserted: number;
  readonly deleted: number;
}

const USER_TABLES = `
  select n.nspname as schema, c.relname as table, format('%I.%I', n.nspname, c.relname) as name,
         pg_table_size(c.oid)::float8 as bytes,
         coalesce(s.n_tup_ins, 0)::float8 as inserted, coalesce(s.n_tup_del, 0)::float8 as deleted
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_stat_all_tables s on s.relid = c.oid
   where c.relkind in ('r', 'm') and c.relpersistence = 'p'
     and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
   order by 1, 2`;

interface Found {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly bytes: number;
  readonly inserted: number;
  readonly deleted: number;
}

/** The databases that can be entered, by name. */
export async function databasesOf(session: Session): Promise<readonly { name: string; bytes: number }[]> {
  return session.query(
    `select datname as name, pg_database_size(oid)::float8 as bytes from pg_database
      where datallowconn and not datistemplate order by 1`,
  );
}

/** Counts every permanent user table of these databases that is not larger than `largest` bytes. */
export async function countTables(
  url: string,
  databases: readonly string[],
  largest: number,
  signal?: AbortSignal,
): Promise<readonly TableCount[]> {
  const counts: TableCount[] = [];
  for (const database of databases) {
    await withSession(withDatabase(url, database), { statementTimeout: 0, signal }, async (session) => {
      // Row security must refuse rather than hide rows; no index may spare the reading of the table itself.
      for (const setting of [
        'row_security',
        'enable_indexscan',
        'enable_indexonlyscan',
        'enable_bitmapscan',
      ]) {
        await session.query(`set ${setting} = off`);
      }
      for (const found of await session.query<Found>(USER_TABLES)) {
        const rows = found.bytes > largest ? undefined : await countOne(session, found.name);
        counts.push({ ...found, database, rows });
      }
    });
  }
  return counts;
}

async function countOne(session: Session, name: string): Promise<number | undefined> {
  try {
    const [row] = await session.query<{ rows: number }>(`select count(*)::float8 as rows from ${name}`);
    return row?.rows;
  } catch (error) {
    // Not allowed to read it, or dropped in the meantime.
    if (['42501', '42P01'].includes(sqlState(error) ?? '')) return undefined;
    throw error;
  }
}

/** Inserted and deleted rows of every table, without counting. */
export async function writesSince(
  url: string,
  databases: readonly string[],
  signal?: AbortSignal,
): Promise<readonly TableCount[]> {
  return countTables(url, databases, -1, signal);
}

/**
 * Between which numbers the rows of each table lay at an instant between two counts. With `i` inserts and `d` deletes
 * in between, the instant's count is within `[before − d, before + i]` and within `[after − i, after + d]`.
 * A quiet table is known exactly. Statistics may lag, so the two counts themselves always lie inside.
 */
export function boundRows(
  before: readonly TableCount[],
  after: readonly TableCount[],
  written: readonly TableCount[],
): { readonly tables: readonly CountedTable[]; readonly uncounted: readonly string[] } {
  const key = (at: TableCount): string => JSON.stringify([at.database, at.schema, at.table]);
  const earlier = new Map(before.map((at) => [key(at), at]));
  const later = new Map(written.map((at) => [key(at), at]));
  const tables: CountedTable[] = [];
  const uncounted: string[] = [];
  for (const { database, schema, table, ...now } of after) {
    const first = earlier.get(key({ database, schema, table, ...now }));
    const last = later.get(key({ database, schema, table, ...now }));
    // A table that came or went meanwhile has no instant to speak of.
    if (first === undefined || last === undefined) continue;
    if (first.rows === undefined || now.rows === undefined) {
      uncounted.push(`${database}.${schema}.${table}`);
      continue;
    }
    const inserts = Math.max(0, last.inserted - first.inserted);
    const deletes = Math.max(0, last.deleted - first.deleted);
    const least = Math.max(first.rows - deletes, now.rows - inserts, 0);
    const most = Math.min(first.rows + inserts, now.rows + deletes);
    tables.push({
      database,
      schema,
      table,
      least: Math.min(least, first.rows, now.rows),
      most: Math.max(most, first.rows, now.rows),
    });
  }
  return { tables, uncounted };
}

import { type Session, sqlState, withDatabase, withSession } from '../../system/postgres/connection.ts';
import { FINGERPRINT, type Fingerprinted, fingerprintSettings } from './fingerprint.ts';
import type { CountedTable } from './manifest.ts';

/** One look at a permanent user table. */
export interface TableCount {
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  /** Undefined when it was too large or closed to us. */
  readonly rows: number | undefined;
  /** Of all its rows; undefined when none was wanted. */
  readonly fingerprint?: string | undefined;
  /** Rows inserted, updated and deleted since the statistics began. */
  readonly inserted: number;
  readonly updated?: number;
  readonly deleted: number;
}

const USER_TABLES = `
  select n.nspname as schema, c.relname as table, format('%I.%I', n.nspname, c.relname) as name,
         pg_table_size(c.oid)::float8 as bytes,
         coalesce(s.n_tup_ins, 0)::float8 as inserted, coalesce(s.n_tup_upd, 0)::float8 as updated,
         coalesce(s.n_tup_del, 0)::float8 as deleted
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
  readonly updated: number;
  readonly deleted: number;
}

/** The databases that can be entered, by name. */
export async function databasesOf(session: Session): Promise<readonly { name: string; bytes: number }[]> {
  return session.query(
    `select datname as name, pg_database_size(oid)::float8 as bytes from pg_database
      where datallowconn and not datistemplate order by 1`,
  );
}

/**
 * Counts the permanent user tables of these databases that are not larger than `largest` bytes, or that it chooses,
 * and takes the fingerprints that are wanted: each database in one snapshot. No lock is held from one table to the next.
 */
export async function countTables(
  url: string,
  databases: readonly string[],
  largest: number | ((at: Found & { readonly database: string }) => boolean),
  signal?: AbortSignal,
  wanted: Fingerprinted = () => false,
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
      await fingerprintSettings(session);
      await session.query('begin isolation level repeatable read read only');
      for (const found of await session.query<Found>(USER_TABLES)) {
        const at = { ...found, database };
        const chosen = typeof largest === 'number' ? found.bytes <= largest : largest(at);
        const read = chosen ? await readOne(session, found.name, wanted(at)) : undefined;
        counts.push({ ...at, rows: read?.rows, fingerprint: read?.fingerprint });
      }
      await session.query('rollback');
    });
  }
  return counts;
}

interface Read {
  readonly rows: number;
  readonly fingerprint?: string;
}

async function readOne(session: Session, name: string, fingerprint: boolean): Promise<Read | undefined> {
  await session.query('savepoint before_table');
  try {
    const more = fingerprint ? `, ${FINGERPRINT} as fingerprint` : '';
    const [row] = await session.query<Read>(`select count(*)::float8 as rows${more} from ${name} each_row`);
    // Lets go of the lock on the table.
    await session.query('rollback to savepoint before_table');
    return row;
  } catch (error) {
    const state = sqlState(error);
    if (state === undefined || STOPPED.test(state)) throw error;
    await session.query('rollback to savepoint before_table');
    // Not allowed to read it, dropped in the meantime, or locked by somebody for long.
    if (['42501', '42P01', '55P03'].includes(state)) return undefined;
    // Values that cannot be written as text, or are damaged, can still be counted.
    if (fingerprint) return readOne(session, name, false);
    throw error;
  }
}

/** The server ends the session or the statement. */
const STOPPED = /^(57|08)/;

/** The rows of these tables, by `database/number`; those that are larger than `largest` bytes or closed to us are left out. */
export async function countRows(
  url: string,
  tables: readonly { readonly database: string; readonly relid: number }[],
  largest: number,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const counted = new Map<string, number>();
  for (const { database, relid } of tables) {
    await withSession(withDatabase(url, database), { statementTimeout: 0, signal }, async (session) => {
      const [found] = await session.query<{ name: string }>(
        `select format('%I.%I', n.nspname, c.relname) as name
           from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.oid = $1 and pg_table_size(c.oid) <= $2`,
        [relid, largest],
      );
      await session.query('begin read only');
      const read = found === undefined ? undefined : await readOne(session, found.name, false);
      if (read !== undefined) counted.set(`${database}/${relid}`, read.rows);
      await session.query('rollback');
    });
  }
  return counted;
}

/** Inserted and deleted rows of every table, without counting. */
export async function writesSince(
  url: string,
  databases: readonly string[],
  signal?: AbortSignal,
): Promise<readonly TableCount[]> {
  return countTables(url, databases, -1, signal);
}

/** The fingerprint that a table had at an instant between two looks: only if nothing was written to it in between. */
function quiet(first: TableCount, now: TableCount, last: TableCount): string | undefined {
  const unwritten =
    first.inserted === last.inserted && first.updated === last.updated && first.deleted === last.deleted;
  // Statistics may lag, so that the two looks themselves must agree as well.
  return unwritten && first.fingerprint === now.fingerprint ? now.fingerprint : undefined;
}

/**
 * Between which numbers the rows of each table lay at an instant between two counts. With `i` inserts and `d` deletes
 * in between, the instant's count is within `[before − d, before + i]` and within `[after − i, after + d]`.
 * A quiet table is known exactly, with its fingerprint. Statistics may lag, so the two counts themselves always lie inside.
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
    const fingerprint = quiet(first, { database, schema, table, ...now }, last);
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
      ...(fingerprint === undefined ? {} : { fingerprint }),
    });
  }
  return { tables, uncounted };
}

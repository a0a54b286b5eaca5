import { type Session, withDatabase, withSession } from '../../system/postgres/connection.ts';

/** How much was written to one table since its statistics began. Rows of transactions that were undone count too. */
export interface TableWrites {
  /** The table's own number, which a new table of the same name does not get. */
  readonly relid: number;
  readonly schema: string;
  readonly table: string;
  /** Of the file that holds its rows; TRUNCATE and a rewrite begin a new one. */
  readonly file: number;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** One database's statistics. */
export interface DatabaseWrites {
  readonly name: string;
  readonly oid: number;
  /** When somebody last reset them; null when nobody ever did. */
  readonly reset: string | null;
  readonly tables: readonly TableWrites[];
}

/** A server's statistics of what was written to tables. Those of different epochs cannot be compared. */
export interface Writes {
  readonly epoch: string;
  readonly databases: readonly DatabaseWrites[];
}

/** After a crash all statistics begin anew; those of the archiver are dated even when nobody ever reset them. */
const EPOCH = 'select stats_reset::text as epoch from pg_stat_archiver';

const DATABASE = `
  select d.datname as name, d.oid as oid, s.stats_reset::text as reset
    from pg_database d join pg_stat_database s on s.datid = d.oid where d.datname = current_database()`;

const TABLES = `
  select c.oid as relid, n.nspname as schema, c.relname as table,
         coalesce(pg_relation_filenode(c.oid), 0) as file,
         coalesce(pg_stat_get_tuples_inserted(c.oid), 0)::float8 as inserted,
         coalesce(pg_stat_get_tuples_updated(c.oid), 0)::float8 as updated,
         coalesce(pg_stat_get_tuples_deleted(c.oid), 0)::float8 as deleted
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'r' and c.relpersistence = 'p'
     and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
   order by 2, 3`;

/** Reads the statistics of every permanent user table. They lag behind: see `awaitStatistics`. */
export async function readWrites(
  url: string,
  databases: readonly string[],
  signal?: AbortSignal,
): Promise<Writes> {
  let epoch = '';
  const read: DatabaseWrites[] = [];
  for (const database of databases) {
    const options = { statementTimeout: 60_000, signal, name: 'holdpoint statistics' };
    await withSession(withDatabase(url, database), options, async (session) => {
      epoch = (await session.query<{ epoch: string | null }>(EPOCH))[0]?.epoch ?? '';
      const found = await session.query<Omit<DatabaseWrites, 'tables'>>(DATABASE);
      const tables = await session.query<TableWrites>(TABLES);
      read.push(...found.map((facts) => ({ ...facts, tables })));
    });
  }
  return { epoch, databases: read };
}

/** What `pg_control` calls this server; a copy of it has the same. */
export async function systemIdentifier(session: Session): Promise<string> {
  const [row] = await session.query<{ id: string }>(
    'select system_identifier::text as id from pg_control_system()',
  );
  return row?.id ?? '';
}

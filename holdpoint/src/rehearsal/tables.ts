import type { Session } from '../system/postgres/connection.ts';

export interface Column {
  readonly number: number;
  readonly name: string;
}

/** A table as it lies on the disk. One that is split into partitions has nothing there itself, but can be locked. */
export interface Table {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** Its file; a table that is rewritten or truncated gets a new one. */
  readonly file: number | null;
  /** With its overflow. */
  readonly bytes: number;
  /** Not one page, as after a TRUNCATE; rows that were deleted still take theirs. */
  readonly empty: boolean;
  /** Unlogged tables come empty out of a backup. */
  readonly permanent: boolean;
  readonly columns: readonly Column[];
  /** Rows written since the statistics began. */
  readonly written: { readonly inserted: number; readonly updated: number; readonly deleted: number };
}

export const nameOf = ({ schema, name }: Pick<Table, 'schema' | 'name'>): string => `${schema}.${name}`;

/** Tables of well-known migration tools, where they write down what is applied. */
const BOOKKEEPING =
  /^_*(schema_?migrations?|drizzle_migrations|ar_internal_metadata|pg_?migrations|migrations?|migrations?_lock|knex_migrations(_lock)?|flyway_schema_history|alembic_version|prisma_migrations|goose_db_version|gorp_migrations|databasechangelog(lock)?|django_migrations|doctrine_migration_versions|sequelizemeta|typeorm_metadata|mikro_orm_migrations|schema_version|changelog)$/i;

/** Whether the rows of a table are the migration tool's own notes, which differ after going up and down again. */
export const isBookkeeping = ({ name }: Pick<Table, 'name'>): boolean => BOOKKEEPING.test(name);

const TABLES = `
  select c.oid, n.nspname as schema, c.relname as name, pg_relation_filenode(c.oid) as file,
         pg_table_size(c.oid)::float8 as bytes, pg_relation_size(c.oid) = 0 as empty, c.relpersistence = 'p' as permanent,
         (select coalesce(json_agg(json_build_object('number', a.attnum, 'name', a.attname) order by a.attnum), '[]')
            from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
         json_build_object('inserted', coalesce(s.n_tup_ins, 0), 'updated', coalesce(s.n_tup_upd, 0),
                           'deleted', coalesce(s.n_tup_del, 0)) as written
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    left join pg_stat_all_tables s on s.relid = c.oid
   where c.relkind in ('r', 'p') and c.relpersistence in ('p', 'u') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   order by 2, 3`;

/** Every user table of a database, ordered by name. */
export const readTables = (session: Session): Promise<readonly Table[]> => session.query<Table>(TABLES);

/** Where an old table and its columns are now; undefined for what is gone. */
export interface Followed {
  readonly before: Table;
  readonly now: Table | undefined;
  /** In the order of the old columns. */
  readonly columns: readonly { readonly before: Column; readonly now: Column | undefined }[];
}

/** Pure: finds every old table and column again, renamed ones by their number, those made anew by their name. */
export function follow(before: readonly Table[], now: readonly Table[]): readonly Followed[] {
  return before.map((table) => {
    const same = now.find(({ oid }) => oid === table.oid);
    const found = same ?? now.find((other) => nameOf(other) === nameOf(table));
    const columns = table.columns.map((column) => ({
      before: column,
      now:
        (same === undefined ? undefined : found?.columns.find(({ number }) => number === column.number)) ??
        found?.columns.find(({ name }) => name === column.name),
    }));
    return { before: table, now: found, columns };
  });
}

import { z } from 'zod';
import { HoldpointError } from '../../../kernel/errors.ts';
import type { Session } from '../../../system/postgres/connection.ts';
import { databaseProperties } from './dump-properties.ts';

const counted = z.strictObject({
  databases: z.array(
    z.strictObject({
      name: z.string(),
      /** Folder of its dump. */
      folder: z.string().regex(/^\d+$/),
      properties: databaseProperties,
      tables: z.array(z.strictObject({ schema: z.string(), table: z.string(), rows: z.int() })),
    }),
  ),
});

/** What lies beside the dumps: how many rows each table had in the very snapshot that was dumped, and what it leaves out. */
export type DumpCounts = z.output<typeof counted>;
export type TableRows = DumpCounts['databases'][number]['tables'][number];

export const COUNTS = 'counts.json';

export const writeCounts = (counts: DumpCounts): string => `${JSON.stringify(counts, null, 1)}\n`;

/** Throws `tampered`. */
export function readCounts(text: string): DumpCounts {
  try {
    return counted.parse(JSON.parse(text));
  } catch (cause) {
    throw new HoldpointError('tampered', 'the row counts beside the dump cannot be read', { cause });
  }
}

/** As many as the session's snapshot shows, of every table whose rows a dump holds. */
export async function countRowsSeen(session: Session): Promise<readonly TableRows[]> {
  const tables = await session.query<{ schema: string; table: string; name: string }>(
    `select n.nspname as schema, c.relname as table, format('%I.%I', n.nspname, c.relname) as name
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and c.relpersistence = 'p'
        and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
        and not exists (select 1 from pg_depend d where d.classid = 'pg_class'::regclass
                         and d.objid = c.oid and d.deptype = 'e')
      order by 1, 2`,
  );
  await session.query('set local row_security = off');
  const rows: TableRows[] = [];
  for (const { schema, table, name } of tables) {
    const [row] = await session.query<{ rows: number }>(`select count(*)::float8 as rows from ${name}`);
    rows.push({ schema, table, rows: row?.rows ?? 0 });
  }
  return rows;
}

/** Pure: tables that are missing, and those with more or fewer rows than were dumped. */
export function countFaults(
  database: string,
  expected: readonly TableRows[],
  found: readonly TableRows[],
): readonly string[] {
  const rows = new Map(found.map(({ schema, table, rows }) => [JSON.stringify([schema, table]), rows]));
  return expected.flatMap(({ schema, table, rows: wanted }) => {
    const now = rows.get(JSON.stringify([schema, table]));
    if (now === wanted) return [];
    const what = now === undefined ? 'the table is missing' : `${now} rows instead of ${wanted}`;
    return [`${database}.${schema}.${table}: ${what}`];
  });
}

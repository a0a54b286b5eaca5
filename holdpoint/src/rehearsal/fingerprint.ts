import type { Session } from '../system/postgres/connection.ts';
import { type Followed, isBookkeeping, nameOf } from './tables.ts';

/** Content of one table, over its old columns; the order of rows does not matter. */
export interface Fingerprint {
  /** By its old name. */
  readonly table: string;
  readonly rows: number;
  /** Of whole rows; undefined when a column is gone. */
  readonly content: string | undefined;
  /** Of each column alone, by its old name; undefined for one that is gone. */
  readonly columns: Readonly<Record<string, string | undefined>>;
}

/** A table that was not read, since it is larger than the limit. */
export interface Unread {
  readonly table: string;
  readonly bytes: number;
}

export interface Fingerprints {
  readonly read: ReadonlyMap<string, Fingerprint>;
  readonly unread: readonly Unread[];
}

/** Text of a value must not depend on who connects. */
const PLAIN_TEXT = [
  `set row_security = off`,
  `set timezone = 'UTC'`,
  `set datestyle = 'ISO, YMD'`,
  `set intervalstyle = 'postgres'`,
  `set extra_float_digits = 3`,
  `set bytea_output = 'hex'`,
  `set xmlbinary = 'base64'`,
  `set jit = off`,
  `set search_path = ''`,
];

/** Reads every permanent table up to `largest` bytes, except a migration tool's own notes. */
export async function fingerprint(
  session: Session,
  tables: readonly Followed[],
  largest: number,
): Promise<Fingerprints> {
  for (const setting of PLAIN_TEXT) await session.query(setting);
  const read = new Map<string, Fingerprint>();
  const unread: Unread[] = [];
  for (const table of tables) {
    if (table.now === undefined || !table.before.permanent || isBookkeeping(table.before)) continue;
    const name = nameOf(table.before);
    // Also when only the old one was too large, since there is nothing to compare with then.
    const bytes = Math.max(table.before.bytes, table.now.bytes);
    if (bytes > largest) unread.push({ table: name, bytes });
    else read.set(name, await readOne(session, table, name));
  }
  return { read, unread };
}

async function readOne(session: Session, table: Followed, name: string): Promise<Fingerprint> {
  const { now, columns } = table;
  const kept = columns.flatMap(({ now: column }) => (column === undefined ? [] : [quote(column.name)]));
  const texts = kept.map((column) => `${column}::text`);
  // Sums of hashes of eight bytes: they do not depend on the order, and equal rows do not cancel each other out.
  const wanted = [
    `sum(hashtextextended(row(${texts.join(', ')})::text, 0))::text`,
    ...texts.map((text) => `sum(hashtextextended(${text}, 0))::text`),
  ];
  const [found] = await session.query<{ rows: number; hashes: readonly (string | null)[] }>(
    `select count(*)::float8 as rows, array[${wanted.join(', ')}] as hashes
       from only ${quote(now?.schema ?? '')}.${quote(now?.name ?? '')}`,
  );
  const [content, ...hashes] = (found?.hashes ?? []).map((hash) => hash ?? 'nothing');
  let next = 0;
  const each = columns.map(({ before, now: column }) => [
    before.name,
    column === undefined ? undefined : hashes[next++],
  ]);
  return {
    table: name,
    rows: found?.rows ?? 0,
    content: kept.length === columns.length ? content : undefined,
    columns: Object.fromEntries(each),
  };
}

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;

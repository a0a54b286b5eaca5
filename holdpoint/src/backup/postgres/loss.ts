import type { LostRows } from '../backup.ts';
import type { Manifest } from './manifest.ts';
import type { DatabaseWrites, TableWrites, Writes } from './statistics.ts';

/** What the statistics of then and now say together. */
export interface WritesBetween {
  /** Tables with writes, the most first. */
  readonly tables: readonly LostRows[];
  /** Why it can have been more. */
  readonly unknown: readonly string[];
}

/** Rows that a table has now, by `database/number`, for those of which the statistics alone do not tell enough. */
export type RowsNow = ReadonlyMap<string, number>;

type Changes = Pick<LostRows, 'inserted' | 'updated' | 'deleted'>;

/**
 * Pure: what was written between two readings. A new table counts with all that was written to it; one that is gone,
 * also when another has its name now, counts with its rows as deleted, and nobody knows what was written to it before.
 * Rows of transactions that were undone are in the statistics too: the numbers err towards more.
 */
export function writesBetween(
  then: Writes,
  now: Writes,
  rows: Manifest['tables'],
  rowsNow: RowsNow = new Map(),
): WritesBetween {
  const lost: LostRows[] = [];
  const unknown: string[] = [];
  if (then.epoch !== now.epoch) {
    unknown.push('the statistics began anew: the server crashed, was restored, or somebody reset them');
  }
  const earlier = new Map(then.databases.map((database) => [database.oid, database]));
  for (const database of now.databases) {
    const before = earlier.get(database.oid);
    earlier.delete(database.oid);
    if (before !== undefined && before.reset !== database.reset) {
      unknown.push(`the statistics of the database ${database.name} were reset at ${database.reset ?? '?'}`);
    }
    const found = betweenTables(before, database, rows, rowsNow);
    lost.push(...found.tables);
    unknown.push(...found.unknown);
  }
  for (const { name } of earlier.values()) unknown.push(`the database ${name} is gone`);
  const size = ({ inserted, updated, deleted }: Changes): number => inserted + updated + deleted;
  const tables = lost.filter((each) => size(each) > 0);
  return {
    tables: tables.sort((a, b) => size(b) - size(a) || (a.table < b.table ? -1 : 1)),
    unknown,
  };
}

function betweenTables(
  before: DatabaseWrites | undefined,
  database: DatabaseWrites,
  rows: Manifest['tables'],
  rowsNow: RowsNow,
): WritesBetween {
  const unknown: string[] = [];
  const mostOf = (table: TableWrites): number | undefined =>
    rows.find(
      (each) => each.database === before?.name && each.schema === table.schema && each.table === table.table,
    )?.most;
  const name = ({ schema, table }: TableWrites): string => `${database.name}.${schema}.${table}`;
  const earlier = new Map(before?.tables.map((table) => [table.relid, table]));
  const lost = database.tables.map((table): LostRows => {
    const first = earlier.get(table.relid);
    earlier.delete(table.relid);
    const changes = difference(first, table);
    if (first !== undefined && first.file !== table.file) {
      // A rewrite keeps all rows, and TRUNCATE, which nobody counts, none.
      const expected = (mostOf(first) ?? Number.NaN) + changes.inserted - changes.deleted;
      const kept = (rowsNow.get(`${database.name}/${table.relid}`) ?? Number.NaN) >= expected;
      if (!kept) unknown.push(`${name(table)} was truncated or rewritten, which the statistics do not count`);
    }
    return { table: name(table), ...changes };
  });
  for (const table of earlier.values()) {
    unknown.push(`${name(table)} was dropped: what was written to it before is not known`);
    lost.push({ table: name(table), inserted: 0, updated: 0, deleted: mostOf(table) ?? 0 });
  }
  return { tables: merged(lost), unknown };
}

/** Pure: the tables whose rows lie in another file than then. */
export function movedTables(
  then: Writes,
  now: Writes,
): readonly { readonly database: string; readonly relid: number }[] {
  return now.databases.flatMap(({ oid, name: database, tables }) => {
    const before = then.databases.find((each) => each.oid === oid)?.tables ?? [];
    const files = new Map(before.map(({ relid, file }) => [relid, file]));
    const moved = tables.filter(({ relid, file }) => (files.get(relid) ?? file) !== file);
    return moved.map(({ relid }) => ({ database, relid }));
  });
}

/** Statistics that began anew are smaller than before; what they hold was written since. */
function difference(first: TableWrites | undefined, now: TableWrites): Changes {
  const { inserted, updated, deleted } = now;
  const reset =
    first === undefined || inserted < first.inserted || updated < first.updated || deleted < first.deleted;
  if (reset) return { inserted, updated, deleted };
  return {
    inserted: inserted - first.inserted,
    updated: updated - first.updated,
    deleted: deleted - first.deleted,
  };
}

/** A table that was dropped and one that has its name now are one entry. */
function merged(lost: readonly LostRows[]): readonly LostRows[] {
  const byName = new Map<string, LostRows>();
  for (const each of lost) {
    const other = byName.get(each.table);
    byName.set(each.table, {
      table: each.table,
      inserted: each.inserted + (other?.inserted ?? 0),
      updated: each.updated + (other?.updated ?? 0),
      deleted: each.deleted + (other?.deleted ?? 0),
    });
  }
  return [...byName.values()];
}

import { type Followed, nameOf } from './tables.ts';

/** What became of a table's file. A rewrite needs its room twice and locks the table for as long as it takes. */
export interface Rewrite {
  readonly table: string;
  readonly kind: 'rewritten' | 'truncated' | 'dropped';
  /** Before. */
  readonly bytes: number;
}

/** Pure: tables whose file is another one now. */
export function rewritesOf(tables: readonly Followed[]): readonly Rewrite[] {
  return tables.flatMap(({ before, now }): readonly Rewrite[] => {
    const told = { table: nameOf(before), bytes: before.bytes };
    if (now === undefined) return [{ ...told, kind: 'dropped' }];
    if (now.file === before.file) return [];
    // An empty table has nothing to rewrite: a new file in its place costs nothing.
    if (before.empty) return [];
    return [{ ...told, kind: now.empty ? 'truncated' : 'rewritten' }];
  });
}

/** Rows that a migration itself wrote, by the server's statistics. */
export interface OwnWrites {
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** Pure: tables with writes between two looks, old names. */
export function writesOf(tables: readonly Followed[]): readonly OwnWrites[] {
  return tables.flatMap(({ before, now }): readonly OwnWrites[] => {
    if (now === undefined) return [];
    // A table that was made anew counts from nothing.
    const since = now.oid === before.oid ? before.written : { inserted: 0, updated: 0, deleted: 0 };
    const inserted = now.written.inserted - since.inserted;
    const updated = now.written.updated - since.updated;
    const deleted = now.written.deleted - since.deleted;
    return inserted + updated + deleted > 0 ? [{ table: nameOf(before), inserted, updated, deleted }] : [];
  });
}

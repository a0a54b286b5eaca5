import type { Snapshot } from './copy.ts';
import type { Lost } from './findings.ts';
import type { Fingerprint } from './fingerprint.ts';
import { type OwnWrites, writesOf } from './rewrites.ts';
import { type Followed, isBookkeeping, nameOf } from './tables.ts';

/**
 * Pure: which of the first snapshot's content the later one no longer has. Going forward may add rows, which loses
 * nothing; going back has to end with exactly what was there.
 */
export function lostBetween(first: Snapshot, later: Snapshot, going: 'forward' | 'back'): Lost {
  const followed = later.followed.filter(({ before }) => before.permanent && !isBookkeeping(before));
  const writes = new Map(writesOf(followed).map((own) => [own.table, own]));
  return {
    tables: followed.filter(({ now }) => now === undefined).map(({ before }) => nameOf(before)),
    columns: followed.flatMap(({ before, now, columns }) =>
      now === undefined
        ? []
        : columns
            .filter((column) => column.now === undefined)
            .map((column) => `${nameOf(before)}.${column.before.name}`),
    ),
    changed: followed.flatMap((table) => {
      const [was, is] = [first, later].map(({ content }) => content.read.get(nameOf(table.before)));
      if (was === undefined || is === undefined || isKept(was, is)) return [];
      if (going === 'forward' && later.counted && onlyAdded(table, was, is, writes.get(was.table))) return [];
      const columns = table.columns
        .map(({ before }) => before.name)
        .filter((name) => is.columns[name] !== undefined && is.columns[name] !== was.columns[name]);
      return [{ table: was.table, rowsBefore: was.rows, rowsAfter: is.rows, columns }];
    }),
    uncompared: followed
      .filter(({ before, now }) => {
        const name = nameOf(before);
        if (now === undefined || (first.content.read.has(name) && later.content.read.has(name))) return false;
        return !(later.counted && isUntouched(before, now, writes.get(name)));
      })
      .map(({ before }) => nameOf(before)),
  };
}

export const isNothing = ({ tables, columns, changed, uncompared }: Lost): boolean =>
  tables.length + columns.length + changed.length + uncompared.length === 0;

/** A dropped column is told apart; here it is about those that are still there. */
function isKept(was: Fingerprint, is: Fingerprint): boolean {
  if (was.rows !== is.rows) return false;
  if (is.content !== undefined) return is.content === was.content;
  return Object.entries(is.columns).every(([name, hash]) => hash === undefined || hash === was.columns[name]);
}

/** The same file and no write counted: what nobody could read has not changed either. */
const isUntouched = (
  before: Followed['before'],
  now: Followed['before'],
  own: OwnWrites | undefined,
): boolean => now.oid === before.oid && now.file === before.file && own === undefined;

function onlyAdded(
  { before, now }: Followed,
  was: Fingerprint,
  is: Fingerprint,
  own: OwnWrites | undefined,
): boolean {
  const sameFile = now?.oid === before.oid && now.file === before.file;
  if (!sameFile || own === undefined) return false;
  return own.updated === 0 && own.deleted === 0 && is.rows - was.rows === own.inserted;
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  compareEntries,
  type Entry,
  escapeName,
  formatEntries,
  parseEntries,
  unescapeName,
} from './entries.ts';

const name = fc.uint8Array({ minLength: 1, maxLength: 12 }).map((bytes) => escapeName(Buffer.from(bytes)));
const entry: fc.Arbitrary<Entry> = fc.record({
  kind: fc.constantFrom('file', 'folder', 'link', 'hard', 'fifo', 'device'),
  path: name,
  mode: fc.nat(0o7777),
  uid: fc.nat(),
  gid: fc.nat(),
  size: fc.nat(),
  modified: fc.bigInt({ min: -(10n ** 18n), max: 10n ** 19n }),
  content: fc.oneof(name, fc.constant('')),
});
const tree = fc.uniqueArray(entry, { selector: ({ path }) => path, maxLength: 8 });

test('names of any bytes become text without tabs and line ends, and come back', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = escapeName(Buffer.from(bytes));
      expect(text).not.toMatch(/[\t\n\r]/);
      expect(unescapeName(text)).toEqual(Buffer.from(bytes));
    }),
  );
  expect(escapeName(Buffer.from('Gr\u00fc\u00dfe \\x'))).toBe('Gr\u00fc\u00dfe \\x5cx');
});

test('a list is read as it was written, and a torn one is refused', () => {
  fc.assert(
    fc.property(tree, (entries) => {
      expect(parseEntries(formatEntries(entries))).toEqual(entries);
    }),
  );
  expect(() => parseEntries('f\t0644\t1:1\t3')).toThrow('line 1 of the list');
});

test('a tree equals itself in any order, and whatever is taken away or added is named', () => {
  fc.assert(
    fc.property(tree, (entries) => {
      expect(compareEntries(entries, entries.toReversed())).toEqual([]);
      const [first, ...rest] = entries;
      if (first === undefined) return;
      expect(compareEntries(entries, rest)).toEqual([`${first.path} is missing`]);
      expect(compareEntries(rest, entries)).toEqual([`${first.path} was not in the backup`]);
    }),
  );
});

test('each change is named by what it is', () => {
  const file: Entry = {
    ...{ kind: 'file', path: 'a', mode: 0o644, uid: 1, gid: 1, size: 3, modified: 5n, content: 'x' },
  };
  const changes = (change: Partial<Entry>, owners = true) =>
    compareEntries([file], [{ ...file, ...change }], { owners });
  expect(changes({ content: 'y' })).toEqual(['a has another content']);
  expect(changes({ mode: 0o600, uid: 2, modified: 6n })).toEqual(['a has another mode, owner, time']);
  expect(changes({ uid: 2 }, false)).toEqual([]);
  expect(changes({ kind: 'folder' })).toEqual(['a has another kind']);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundRows, type TableCount } from './rows.ts';

const at = (rows: number | undefined, inserted: number, deleted: number): TableCount[] => [
  { database: 'app', schema: 'public', table: 'jobs', rows, inserted, deleted },
];

test('the rows at any instant between the counts lie within the bounds', () => {
  const moves = fc.array(fc.record({ insert: fc.nat(20), remove: fc.nat(20) }), { maxLength: 10 });
  fc.assert(
    fc.property(fc.nat(100), moves, moves, (start, first, second) => {
      const play = (from: { rows: number; inserted: number; deleted: number }, all: typeof first) =>
        all.reduce(
          (now, { insert, remove }) => ({
            rows: now.rows + insert - Math.min(remove, now.rows + insert),
            inserted: now.inserted + insert,
            deleted: now.deleted + Math.min(remove, now.rows + insert),
          }),
          from,
        );
      const before = { rows: start, inserted: 7, deleted: 3 };
      const instant = play(before, first);
      const after = play(instant, second);
      const [bound] = boundRows(
        at(before.rows, 7, 3),
        at(after.rows, 0, 0),
        at(undefined, after.inserted, after.deleted),
      ).tables;
      expect(bound?.least).toBeLessThanOrEqual(instant.rows);
      expect(bound?.most).toBeGreaterThanOrEqual(instant.rows);
    }),
  );
});

test('a quiet table, and one that only grows, are bound as closely as can be', () => {
  expect(boundRows(at(5, 9, 4), at(5, 9, 4), at(undefined, 9, 4)).tables).toMatchObject([
    { least: 5, most: 5 },
  ]);
  expect(boundRows(at(5, 5, 0), at(8, 8, 0), at(undefined, 8, 0)).tables).toMatchObject([
    { least: 5, most: 8 },
  ]);
});

test('what could not be counted is named, and a table that came meanwhile is not expected', () => {
  expect(boundRows(at(undefined, 0, 0), at(1, 0, 0), at(undefined, 0, 0))).toEqual({
    tables: [],
    uncounted: ['app.public.jobs'],
  });
  expect(boundRows([], at(1, 0, 0), at(undefined, 0, 0)).tables).toEqual([]);
});

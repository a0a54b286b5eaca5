import { describe, expect, it } from 'vitest';
import { pairMigrations, splitStatements, statusOf, withoutTransaction } from './plan.ts';

const files = new Map([
  ['0002_b.up.sql', 'B'],
  ['0002_b.down.sql', 'b'],
  ['0001_a.up.sql', 'A'],
  ['0001_a.down.sql', 'a'],
]);

describe('migrations', () => {
  it('are paired in the order of their numbers', () => {
    expect(pairMigrations(files).map((m) => [m.version, m.name, m.up, m.down])).toEqual([
      [1, 'a', 'A', 'a'],
      [2, 'b', 'B', 'b'],
    ]);
  });

  it('without a way back, or with a gap, are refused', () => {
    expect(() => pairMigrations(new Map([['0001_a.up.sql', '']]))).toThrow(/no \.down\.sql/);
    const gap = new Map([
      ['0002_b.up.sql', ''],
      ['0002_b.down.sql', ''],
    ]);
    expect(() => pairMigrations(gap)).toThrow(/expected number 1/);
  });

  it('show what is pending, broken off and ahead of this release', () => {
    const applied = [
      { version: 1, finished: true },
      { version: 2, finished: false },
      { version: 3, finished: true },
    ];
    expect(statusOf(pairMigrations(files), applied)).toEqual({
      current: 3,
      head: 2,
      applied: [1, 3],
      pending: [2],
      failed: [2],
      ahead: [3],
    });
  });

  it('without transaction are split at semicolons that end a line', () => {
    const sql = "-- no-transaction\nSELECT ';a';\n-- why\nSELECT 2;\n";
    expect(withoutTransaction(sql)).toBe(true);
    expect(splitStatements(sql)).toEqual(["SELECT ';a'", 'SELECT 2']);
  });
});

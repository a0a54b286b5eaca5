import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { databaseWay, lossInWords, lossIsCovered, rollbackPlan, type Writes, withoutOwn } from './plan.ts';

const known = { wayBack: { kind: 'database', by: 'restore' }, before: '0003', backup: 'backup-1' } as const;

describe('what the database needs', () => {
  test.each([
    [{ ...known, migrated: 'untouched' }, 'stays'],
    [{ ...known, migrated: 'cut off' }, 'take back'],
    [{ ...known, migrated: 'cut off', before: null }, 'restore'],
    [{ ...known, migrated: 'cut off', before: null, backup: undefined }, 'stays'],
    [{ ...known, migrated: 'done' }, 'restore'],
    [{ ...known, migrated: 'done', backup: undefined }, 'stays'],
    [{ ...known, migrated: 'done', wayBack: { kind: 'database', by: 'down' } }, 'migrate down'],
    [{ ...known, migrated: 'done', wayBack: { kind: 'database', by: 'down' }, before: null }, 'restore'],
    [{ ...known, migrated: 'done', wayBack: { kind: 'code-only' } }, 'stays'],
    [{ ...known, migrated: 'done', wayBack: { kind: 'none' } }, 'stays'],
  ] as const)('%o: %s', (situation, kind) => {
    expect(databaseWay(situation).kind).toBe(kind);
  });
});

const tables = fc.uniqueArray(
  fc.record({
    table: fc.constantFrom('app.public.a', 'app.public.b', 'app.public.c', 'app.public.d'),
    inserted: fc.nat(100),
    updated: fc.nat(100),
    deleted: fc.nat(100),
  }),
  { selector: ({ table }) => table },
);
const sum = (written: Writes['tables']): number =>
  written.reduce((all, { inserted, updated, deleted }) => all + inserted + updated + deleted, 0);

describe('what would be lost', () => {
  test('never counts more than was written, and all of it when the migration wrote nothing', () => {
    fc.assert(
      fc.property(tables, tables, (written, own) => {
        const loss = { milliseconds: 1, rows: sum(written), tables: written };
        const rest = withoutOwn(loss, own);
        expect(rest.rows).toBe(sum(rest.tables));
        expect(rest.rows).toBeLessThanOrEqual(loss.rows);
        expect(rest.rows).toBeGreaterThanOrEqual(loss.rows - sum(own));
        expect(withoutOwn(loss, []).rows).toBe(loss.rows);
        expect(withoutOwn(loss, written).tables).toEqual([]);
      }),
    );
  });

  test('is covered when it is nothing, or within what somebody gave up; the unknown never is by itself', () => {
    const nothing = { milliseconds: 60_000, rows: 0, tables: [] };
    const some = { ...nothing, rows: 1 };
    expect(lossIsCovered(nothing, undefined)).toBe(true);
    expect(lossIsCovered(some, undefined)).toBe(false);
    expect(lossIsCovered(some, {})).toBe(false);
    expect(lossIsCovered(some, { lossLimit: 60_000 })).toBe(true);
    expect(lossIsCovered(some, { lossLimit: 59_999 })).toBe(false);
    expect(lossIsCovered({ ...nothing, unknown: 'the statistics were reset' }, undefined)).toBe(false);
  });

  test('is told by table, and says what is not known', () => {
    const written = [{ table: 'app.public.tools', inserted: 3, updated: 1, deleted: 0 }];
    expect(lossInWords({ milliseconds: 34_000, rows: 4, tables: written, unknown: 'it restarted' })).toEqual([
      'at least 4 rows in 1 tables were written in the 34 s since the backup',
      'not all of it is known: it restarted',
      'app.public.tools: 3 inserted, 1 updated, 0 deleted',
    ]);
    expect(lossInWords({ milliseconds: 34_000, rows: 0, tables: [] })).toEqual([
      'nothing was written in the 34 s since the backup',
    ]);
  });
});

describe('the plan of the way back', () => {
  const plan = (database: Parameters<typeof rollbackPlan>[0]['database']) =>
    rollbackPlan({
      ...{ from: '2.1.0', to: '2.0.0', database, loss: undefined },
      ...{ halt: ['drain and stop backend-1'], code: ['start backend-1 of 2.0.0'], notified: ['file'] },
    }).map(({ title }) => title);

  test('stops all writes before the database is replaced, and starts the old code after it', () => {
    expect(plan({ kind: 'restore', backup: 'backup-1' })).toEqual([
      'ask for a named person’s word, unless nothing would be lost',
      'stop all writes: the system is down from here',
      'restore the backup backup-1',
      'put 2.0.0 back in the place of 2.1.0',
      'ask every replica and the public address until 2.0.0 alone answers',
      'tell people',
      'draft the post-mortem from the log',
    ]);
  });

  test('stops nothing where the code alone goes back', () => {
    expect(plan({ kind: 'stays', reason: 'the old version runs on it' })[0]).toBe(
      'leave the database as it is',
    );
    expect(plan({ kind: 'take back', to: '0004' })[0]).toBe('take the broken-off migration back to 0004');
  });
});

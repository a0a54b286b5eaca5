import { expect, test } from 'vitest';
import { movedTables, writesBetween } from './loss.ts';
import type { CountedTable } from './manifest.ts';
import type { DatabaseWrites, TableWrites, Writes } from './statistics.ts';

const jobs: TableWrites = {
  ...{ relid: 1, schema: 'public', table: 'jobs', file: 11 },
  ...{ inserted: 10, updated: 5, deleted: 2 },
};
const at = (tables: readonly TableWrites[], more: Partial<DatabaseWrites & Writes> = {}): Writes => ({
  epoch: more.epoch ?? 'e1',
  databases: [{ name: 'app', oid: 5, reset: more.reset ?? null, tables }],
});
const counted: CountedTable[] = [{ database: 'app', schema: 'public', table: 'jobs', least: 7, most: 8 }];
const name = 'app.public.jobs';

test('nothing was written when nothing changed', () => {
  expect(writesBetween(at([jobs]), at([jobs]), counted)).toEqual({ tables: [], unknown: [] });
});

test('the differences are given by table, the most first, also for a table that got another name', () => {
  const users = { ...jobs, relid: 2, table: 'users' };
  const now = at([
    { ...jobs, inserted: 11 },
    { ...users, table: 'people', updated: 9, deleted: 4 },
  ]);
  expect(writesBetween(at([jobs, users]), now, counted)).toEqual({
    tables: [
      { table: 'app.public.people', inserted: 0, updated: 4, deleted: 2 },
      { table: name, inserted: 1, updated: 0, deleted: 0 },
    ],
    unknown: [],
  });
});

test('a new table, and each table of a new database, counts with all that was written to it', () => {
  expect(writesBetween(at([]), at([jobs]), counted)).toEqual({
    tables: [{ table: name, inserted: 10, updated: 5, deleted: 2 }],
    unknown: [],
  });
  expect(writesBetween({ epoch: 'e1', databases: [] }, at([jobs]), counted).tables).toHaveLength(1);
});

test('a table that was dropped loses its rows, and made again counts with the new ones too', () => {
  const gone = writesBetween(at([jobs]), at([]), counted);
  expect(gone.tables).toEqual([{ table: name, inserted: 0, updated: 0, deleted: 8 }]);
  expect(gone.unknown).toEqual([expect.stringContaining(`${name} was dropped`)]);
  const again = writesBetween(at([jobs]), at([{ ...jobs, relid: 3, inserted: 4 }]), counted);
  expect(again.tables).toEqual([{ table: name, inserted: 4, updated: 5, deleted: 10 }]);
  expect(again.unknown).toHaveLength(1);
});

test.each([
  ['a crash', at([{ ...jobs, inserted: 1 }], { epoch: 'e2' }), /server crashed/],
  ['a reset', at([{ ...jobs, inserted: 1 }], { reset: 'today' }), /app were reset at today/],
  ['a truncation', at([{ ...jobs, file: 12 }]), /truncated or rewritten/],
  ['a dropped database', { epoch: 'e1', databases: [] }, /database app is gone/],
])('nobody knows the loss after %s', (_, now, why) => {
  expect(writesBetween(at([jobs]), now, counted).unknown).toEqual([expect.stringMatching(why)]);
});

test('a table that was rewritten with all of its rows is no reason for doubt', () => {
  const now = at([{ ...jobs, file: 12, inserted: 12, deleted: 3 }]);
  expect(writesBetween(at([jobs]), now, counted, new Map([['app/1', 9]])).unknown).toEqual([]);
  expect(writesBetween(at([jobs]), now, counted, new Map([['app/1', 8]])).unknown).toHaveLength(1);
  expect(writesBetween(at([jobs]), now, [], new Map([['app/1', 9]])).unknown).toHaveLength(1);
  expect(movedTables(at([jobs]), now)).toEqual([{ database: 'app', relid: 1 }]);
  expect(movedTables(at([jobs]), at([jobs, { ...jobs, relid: 2 }]))).toEqual([]);
});

test('statistics that began anew still count what they hold', () => {
  const now = at([{ ...jobs, inserted: 1, updated: 0, deleted: 0 }], { reset: 'today' });
  expect(writesBetween(at([jobs]), now, counted).tables).toEqual([
    { table: name, inserted: 1, updated: 0, deleted: 0 },
  ]);
});

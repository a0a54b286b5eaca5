import { expect, test } from 'vitest';
import type { Manifest } from './manifest.ts';
import { judge } from './prove.ts';
import type { TableCount } from './rows.ts';
import { rowProblems } from './soundness.ts';

const manifest: Manifest = {
  format: 1,
  run: 'r1',
  server: {
    versionNumber: 180_004,
    version: '18.4',
    systemIdentifier: '7',
    superuser: 'postgres',
    dataChecksums: true,
    walSegmentSize: 2 ** 24,
    settings: {},
  },
  consistency: { startLsn: '0/2000028', stopLsn: '0/2000158', timeline: 1, startedAt: 0, at: 1_000 },
  tablespaces: [],
  databases: [{ name: 'app', bytes: 1 }],
  tables: [{ database: 'app', schema: 'public', table: 'jobs', least: 3, most: 5 }],
  uncounted: [],
  bytes: 0,
  folders: [],
  files: [],
};
const read = { problems: [], tables: 1, rows: 4, heaps: 1, indexes: 1, structural: true };

const counted = (rows: number): TableCount[] => [
  { database: 'app', schema: 'public', table: 'jobs', rows, inserted: 0, deleted: 0 },
];

test('a copy from which nothing was read proves nothing', () => {
  expect(judge(manifest, read, 10).verdict).toBe('pass');
  expect(judge(manifest, { ...read, tables: 0, rows: 0 }, 10).verdict).toBe('inconclusive');
  expect(judge({ ...manifest, databases: [] }, { ...read, tables: 0 }, 10).verdict).toBe('inconclusive');
});

test('any fault that was found is a fail that names it, and what was not looked at is said', () => {
  const bad = judge(manifest, { ...read, problems: ['app: torn'] }, 10);
  expect(bad).toMatchObject({ verdict: 'fail', details: expect.arrayContaining(['app: torn']) });
  const server = { ...manifest.server, dataChecksums: false };
  const blind = judge(
    { ...manifest, server, uncounted: ['app.public.huge'] },
    { ...read, structural: false },
    10,
  );
  expect(blind.details?.join('\n')).toMatch(
    /amcheck is not installed.*\n.*checksums: off.*\n.*\n.*app\.public\.huge/,
  );
});

test('a table that is gone, or has rows too few or too many, is a fault', () => {
  expect(rowProblems(manifest, [])).toEqual(['app.public.jobs: the table is missing']);
  expect([2, 3, 5, 6].map((rows) => rowProblems(manifest, counted(rows)).length)).toEqual([1, 0, 0, 1]);
});

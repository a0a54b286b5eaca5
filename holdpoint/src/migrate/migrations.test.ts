import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { run } from '../system/exec/run.ts';
import { migrateCommands } from './commands.ts';
import { migrateDown, migrateUp, migrationStatus } from './migrations.ts';
import { migrateSettings } from './settings.ts';

/** A migration tool whose database is a file: one digit, the newest applied migration. */
const TOOL = `
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
const all = ['1', '2', '3'];
const [verb, , to] = process.argv.slice(2);
const current = existsSync('state') ? readFileSync('state', 'utf8') : null;
const pending = all.filter((id) => id > (current ?? ''));
if (process.env.BREAK === verb) { console.error('password=hunter22 relation is locked'); writeFileSync('state', '2'); process.exit(1); }
if (process.env.LIE === verb) process.exit(0);
if (verb === 'status') { console.log('noise'); console.log(JSON.stringify({ current: process.env.COUNT ? Number(current) : current, pending, head: '3', ...(process.env.FAILED ? { failed: [Number(process.env.FAILED)] } : {}) })); }
if (verb === 'up') { console.log('applied', pending.join(' ')); writeFileSync('state', '3'); }
if (verb === 'down') writeFileSync('state', to);
`;

const settings = migrateSettings.parse({
  up: [process.execPath, 'tool-{version}.mjs', 'up'],
  down: [process.execPath, 'tool-{version}.mjs', 'down', '--to', '{head}'],
  status: [process.execPath, 'tool-{version}.mjs', 'status', '--json'],
});
const limit = { timeout: 20_000 };
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-migrate-'));
  await writeFile(join(folder, 'tool-2.0.0.mjs'), TOOL);
});
beforeEach(() => rm(join(folder, 'state'), { force: true }));
afterAll(() => rm(folder, { recursive: true, force: true }));

const commands = (environment: Record<string, string> = {}) =>
  migrateCommands(settings, { folder, version: '2.0.0', environment });

test('the placeholders are filled, and the command runs in the folder of the specification', () => {
  expect(migrateCommands(settings, { folder: '/spec', version: '2.0.0' }).down('0003')).toEqual({
    program: process.execPath,
    args: ['tool-2.0.0.mjs', 'down', '--to', '0003'],
    cwd: '/spec',
  });
});

test.each([
  [{ ...settings, up: ['migrate', '{verison}'] }, 'database.migrate.up has {verison}, which nothing fills'],
  [{ ...settings, up: ['migrate', '{head}'] }, 'database.migrate.up has {head}, which nothing fills'],
  [
    { ...settings, down: ['migrate', '{head}', '{haed}'] },
    'database.migrate.down has {haed}, which nothing fills',
  ],
  [{ ...settings, down: ['migrate', 'down'] }, 'database.migrate.down does not say how far to go back'],
])('a placeholder that is missing or unknown is found before anything runs', (broken, message) => {
  expect(() => migrateCommands(broken, { folder, version: '1' })).toThrow(
    expect.objectContaining({ code: 'configuration', message }),
  );
});

describe('a migration', () => {
  test('goes up to the head of the release and back to the one before', async () => {
    expect(await migrationStatus(run, commands(), limit)).toEqual({
      current: null,
      pending: ['1', '2', '3'],
      head: '3',
      failed: [],
    });
    const up = await migrateUp(run, commands(), limit);
    expect(up).toMatchObject({ settled: true, exitCode: 0, status: { current: '3', pending: [] } });
    expect(up.output).toEqual(['applied 1 2 3']);
    const down = await migrateDown(run, commands(), '1', limit);
    expect(down).toMatchObject({ settled: true, status: { current: '1', pending: ['2', '3'] } });
  });

  test('that fails half-way is not settled, and its output is kept without secrets', async () => {
    const up = await migrateUp(run, commands({ BREAK: 'up' }), limit);
    expect(up).toMatchObject({ settled: false, exitCode: 1, status: { current: '2' } });
    expect(up.output).toEqual(['password=••• relation is locked']);
  });

  test('that exits with 0 and did nothing is not settled', async () => {
    expect(await migrateUp(run, commands({ LIE: 'up' }), limit)).toMatchObject({
      settled: false,
      exitCode: 0,
    });
  });

  test('whose remains still lie in the schema is not settled, although no newer one is applied', async () => {
    const down = await migrateDown(run, commands({ FAILED: '2' }), '1', limit);
    expect(down).toMatchObject({ settled: false, exitCode: 0, status: { current: '1', failed: ['2'] } });
  });

  test('may be told by a number', async () => {
    expect(await migrationStatus(run, commands({ COUNT: '1' }), limit)).toMatchObject({ current: '0' });
  });

  test('whose status cannot be read throws', async () => {
    await expect(migrationStatus(run, commands({ BREAK: 'status' }), limit)).rejects.toMatchObject({
      code: 'command-failed',
      details: ['password=••• relation is locked'],
    });
    await expect(migrationStatus(run, commands({ LIE: 'status' }), limit)).rejects.toMatchObject({
      code: 'configuration',
    });
  });
});

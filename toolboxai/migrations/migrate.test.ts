import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../test-rig/postgres.ts';
import { createProcesses } from '../test-rig/processes.ts';
import { migrateDown, migrateUp, readApplied, withMigrationLock } from './apply.ts';
import type { Migration } from './plan.ts';

let postgres: TestPostgres;
const processes = createProcesses({});

beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await processes.stopAll();
  await postgres.stop();
});

async function migrate(url: string, ...args: string[]) {
  const done = await processes.command('migrations/migrate.ts', [...args, '--json'], { DATABASE_URL: url });
  const last = done.output.trim().split('\n').at(-1) ?? '';
  return { ...done, last: last.startsWith('{') ? JSON.parse(last) : last };
}

describe('migrate', () => {
  it('goes up, to a number, down, and up again', async () => {
    const url = await postgres.database('up_down');
    expect((await migrate(url, 'status')).last).toMatchObject({ current: 0, head: 4, pending: [1, 2, 3, 4] });
    expect((await migrate(url, 'up', '--to', '3')).last).toMatchObject({ current: 3, pending: [4] });
    expect((await migrate(url, 'up')).last).toMatchObject({ current: 4, pending: [], applied: [1, 2, 3, 4] });
    expect((await migrate(url, 'down', '--to', '0')).last).toMatchObject({ current: 0, applied: [] });
    expect((await migrate(url, 'up')).last).toMatchObject({ current: 4 });
  });

  it('answers an unreachable database and a wrong command with a status', async () => {
    expect((await migrate('postgres://postgres@127.0.0.1:1/none', 'status')).status).toBe(1);
    expect((await migrate('postgres://postgres@127.0.0.1:1/none', 'sideways')).status).toBe(64);
  });

  it('rolls a failing migration back whole, but without a transaction shows it as broken off', async () => {
    const client = new pg.Client({ connectionString: await postgres.database('broken') });
    await client.connect();
    const two = 'CREATE TABLE half (id int);\nCREATE TABLE half (id int);\n';
    const migrations = (up: string): Migration[] => [
      { version: 1, name: 'x', up, down: 'DROP TABLE IF EXISTS half' },
    ];
    const up = (sql: string) =>
      withMigrationLock(client, () => migrateUp(client, migrations(sql), 9, () => undefined));
    try {
      await expect(up(two)).rejects.toThrow(/already exists/);
      expect(await readApplied(client)).toEqual([]);
      await expect(up(`-- no-transaction\n${two}`)).rejects.toThrow(/already exists/);
      expect(await readApplied(client)).toEqual([{ version: 1, finished: false }]);
      await expect(up('SELECT 1')).rejects.toThrow(/broke off; run down --to 0 first/);
      await migrateDown(client, migrations(''), 0, () => undefined);
      expect(await readApplied(client)).toEqual([]);
      await up('SELECT 1');
      await expect(migrateDown(client, [], 0, () => undefined)).rejects.toThrow(/unknown to this release/);
    } finally {
      await client.end();
    }
  });

  it('lets two runners at the same time apply each migration once', async () => {
    const url = await postgres.database('twice');
    const both = await Promise.all([migrate(url, 'up'), migrate(url, 'up')]);
    expect(both.map(({ status }) => status)).toEqual([0, 0]);
    expect((await migrate(url, 'status')).last).toMatchObject({ current: 4, failed: [] });
  });
});

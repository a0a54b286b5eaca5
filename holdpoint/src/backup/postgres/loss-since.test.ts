import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';
import { withDatabase, withSession } from '../../system/postgres/connection.ts';
import { isAlive, runningServer } from '../../system/postgres/postmaster.ts';
import { startServer } from '../../system/postgres/server.ts';
import { startTemporaryServer, type TemporaryServer } from '../../system/postgres/temporary-server.ts';
import type { Loss } from '../backup.ts';
import { postgresBackup } from './engine.ts';
import { startLoad } from './load.fixture.ts';

let server: TemporaryServer;
let room = '';
let taken = 0;

beforeAll(async () => {
  server = await startTemporaryServer(run, { max_connections: '40' });
  room = await mkdtemp(join(tmpdir(), 'holdpoint-loss-'));
  await chmod(room, 0o711);
  await write('create database shop');
});

afterAll(async () => {
  await server?.remove();
  if (room !== '') await rm(room, { recursive: true, force: true });
});

const shop = (): string => withDatabase(server.url, 'shop');
const write = (text: string, url = server.url) =>
  withSession(url, { statementTimeout: 60_000 }, (session) => session.query(text));

const backups = (url = server.url) =>
  postgresBackup({
    url,
    data: server.data,
    folder: room,
    scratch: join(room, 's'),
    clock: systemClock,
    exec: run,
  });

/** Three tables in each test's own schema, and a backup that holds them. */
async function backedUp(schema: string): Promise<string> {
  await write(
    `create schema ${schema};
     create table ${schema}.users (id int primary key, name text);
     create table ${schema}.jobs (id int primary key);
     create table ${schema}.still (id int);
     insert into ${schema}.users select i, 'u' from generate_series(1, 20) i;
     insert into ${schema}.jobs select generate_series(1, 10)`,
    shop(),
  );
  await handedIn(
    `select from pg_stat_user_tables where schemaname = '${schema}' and n_tup_ins > 0 having count(*) = 2`,
  );
  taken += 1;
  return (await backups().create(runId(`r${taken}`))).id;
}

/** A session that was just closed needs a moment to hand in what it counted. */
async function handedIn(query: string): Promise<void> {
  await expect.poll(() => write(query, shop()), { timeout: 20_000 }).toHaveLength(1);
}

test('nothing was lost when nothing was written', async () => {
  const loss = await backups().lossSince(await backedUp('quiet'));
  expect(loss).toEqual({ milliseconds: expect.any(Number), tables: [], rows: 0 });
  expect(loss.milliseconds).toBeGreaterThan(0);
});

test('every write since is counted by table, also of sessions that have just fallen idle', async () => {
  const id = await backedUp('known');
  const loss = await withSession(shop(), { statementTimeout: 60_000 }, async (session): Promise<Loss> => {
    // The second of two quick transactions is handed in after ten idle seconds, unless a statement follows.
    await session.query(`insert into known.users select i, 'n' from generate_series(101, 107) i`);
    await session.query(`update known.users set name = 'x' where id <= 3`);
    await session.query('delete from known.jobs where id <= 2');
    await session.query('create table known.fresh as select generate_series(1, 4) as id');
    return backups().lossSince(id);
  });
  expect(loss).toMatchObject({
    rows: 16,
    tables: [
      { table: 'shop.known.users', inserted: 7, updated: 3, deleted: 0 },
      { table: 'shop.known.fresh', inserted: 4, updated: 0, deleted: 0 },
      { table: 'shop.known.jobs', inserted: 0, updated: 0, deleted: 2 },
    ],
  });
  expect(loss.unknown).toBeUndefined();
});

test('a session inside a transaction makes the numbers a lower bound, and so does one that cannot be seen', async () => {
  const id = await backedUp('open');
  await write(`create role seer login password 'seer' in role pg_monitor`);
  const role = shop().replace(/\/\/[^@]+@/, '//seer:seer@');
  await withSession(shop(), { statementTimeout: 60_000 }, async (session) => {
    await session.query('begin');
    await session.query('insert into open.jobs values (99)');
    expect((await backups(role).lossSince(id)).unknown).toMatch(/1 sessions are inside a transaction/);
    await write('revoke pg_monitor from seer');
    expect((await backups(role).lossSince(id)).unknown).toMatch(/GRANT pg_read_all_stats/);
    await session.query('rollback');
  });
});

test('a truncated table, and one that was made anew, are named', async () => {
  const id = await backedUp('anew');
  await write('truncate anew.users; drop table anew.jobs; create table anew.jobs (id int)', shop());
  const loss = await backups().lossSince(id);
  expect(loss.tables).toEqual([{ table: 'shop.anew.jobs', inserted: 0, updated: 0, deleted: 10 }]);
  expect(loss.unknown).toMatch(/shop\.anew\.users was truncated or rewritten.*shop\.anew\.jobs was dropped/);
});

test('a table that a migration rewrote keeps its numbers', async () => {
  const id = await backedUp('rewritten');
  await write('insert into rewritten.jobs values (11)', shop());
  await write('alter table rewritten.jobs alter id type bigint', shop());
  const loss = await backups().lossSince(id);
  expect(loss.tables).toEqual([{ table: 'shop.rewritten.jobs', inserted: 1, updated: 0, deleted: 0 }]);
  expect(loss.unknown).toBeUndefined();
});

test('under load no write is missing from the numbers', async () => {
  await write(
    `create table accounts (id int primary key, balance bigint not null, note text);
     insert into accounts select i, 100, 'a' from generate_series(1, 500) i;
     create table transfers (id bigserial primary key, source int, target int, amount int);
     create table jobs (id bigserial primary key, task text)`,
  );
  const load = await startLoad(server.url, 500);
  const { id } = await backups().create(runId('load')).finally(load.stop);
  const loss = await backups().lossSince(id);
  const counts = 'select count(*)::int as rows from transfers';
  const held = await backups().withRestored(id, async ({ url }) => rowsOf(url, counts));
  const all = await rowsOf(server.url, counts);
  const transfers = loss.tables.find(({ table }) => table === 'postgres.public.transfers');
  expect(all - held).toBeGreaterThan(0);
  expect(transfers?.inserted).toBeGreaterThanOrEqual(all - held);
  expect(transfers?.inserted).toBeLessThanOrEqual(all);
  expect(loss.unknown).toBeUndefined();
});

test('nobody knows the loss after the statistics were reset, or the server died', async () => {
  const id = await backedUp('unknown');
  await write('select pg_stat_reset()', shop());
  await write('insert into unknown.still values (1)', shop());
  expect(await backups().lossSince(id)).toMatchObject({
    unknown: expect.stringContaining('the statistics of the database shop were reset at'),
    tables: [{ table: 'shop.unknown.still', inserted: 1 }],
  });
  const { pid = 0 } = (await runningServer(server.data)) ?? {};
  const { id: next } = await backups().create(runId('next'));
  process.kill(pid, 'SIGKILL');
  await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
  await startServer(server.binaries, { data: server.data, port: server.port, within: 60_000 }, run);
  const loss = await backups().lossSince(next);
  expect(loss.unknown).toMatch(/the statistics began anew: the server crashed/);
});

async function rowsOf(url: string, text: string): Promise<number> {
  const [row] = await withSession(url, { statementTimeout: 60_000 }, (session) =>
    session.query<{ rows: number }>(text),
  );
  return row?.rows ?? Number.NaN;
}

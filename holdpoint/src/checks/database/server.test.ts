import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../system/exec/run.ts';
import { withDatabase, withSession } from '../../system/postgres/connection.ts';
import { startTemporaryServer, type TemporaryServer } from '../../system/postgres/temporary-server.ts';
import type { Check } from '../check.ts';
import { database as connection } from '../configuration/database.ts';
import { look, probe, service, subject } from '../subject.fixture.ts';
import { credentials } from './credentials.ts';
import { indexes } from './indexes.ts';
import { pool } from './pool.ts';
import { queries } from './queries.ts';
import { replication } from './replication.ts';

let server: TemporaryServer | undefined;
let urls = { good: '', bad: '' };

const GOOD = `create table users (id bigint primary key, name text not null);
  create table tools (id bigint primary key, user_id bigint not null references users, kind text);
  create index tools_of_user on tools (user_id, id);
  create role app login password 'pw-of-app' valid until '2026-12-22T12:00:00Z';
  grant select on users, tools to app;`;
const BAD = `create table users (id bigint primary key, name text not null);
  create table tools (id bigint primary key, user_id bigint not null references users, kind text);
  create index tools_kind on tools (kind); create index tools_kind_again on tools (kind);
  create index tools_partial on tools (user_id) where kind = 'x';
  create table big (id bigint, filler text);
  insert into big select n, 'x' from generate_series(1, 2000) n;
  analyze big;
  insert into users select 1, 'Ada';
  update pg_index set indisvalid = false where indexrelid = 'tools_kind'::regclass;`;

const options = { statementTimeout: 20_000 };

beforeAll(async () => {
  server = await startTemporaryServer(run);
  const { url } = server;
  urls = { good: withDatabase(url, 'good'), bad: withDatabase(url, 'bad') };
  await withSession(url, options, async (session) => {
    await session.query('create database good');
    await session.query('create database bad');
  });
  await withSession(urls.good, options, (session) => session.query(GOOD));
  await withSession(urls.bad, options, async (session) => {
    await session.query(BAD);
    for (let scan = 0; scan < 3; scan += 1) await session.query('select count(*) from big');
  });
});
afterAll(() => server?.remove());

const asApp = (): string => {
  const url = new URL(urls.good);
  url.username = 'app';
  url.password = 'pw-of-app';
  return url.href;
};
const ask = (
  check: Check,
  databaseUrl: string,
  settings = {},
  services = [service('backend', { replicas: 3 })],
) => look(check, subject({ databaseUrl, settings, services }));

describe('configuration.database', () => {
  it('passes a connection and tells whom it reached', async () => {
    const evidence = await ask(connection, asApp(), { user: 'app', minimumVersion: 14 });
    expect(evidence.verdict).toBe('pass');
    expect(evidence.measured).toMatch(/^PostgreSQL \d+\.\d+.*, no TLS, app@good$/);
  });
  it('fails what is not as declared', async () => {
    const evidence = await ask(connection, asApp(), { user: 'other', minimumVersion: 99, tls: 'required' });
    expect(evidence.details).toHaveLength(3);
  });
  it('is broken by a server that refuses us, and tells no password', async () => {
    const url = new URL(urls.good);
    url.password = 'wrong-password';
    const refused = ask(connection, url.href);
    await expect(refused).rejects.toMatchObject({ code: 'unreachable' });
    await expect(refused).rejects.not.toThrow('wrong-password');
  });
});

describe('database.credentials', () => {
  it('reads the expiry that the server holds', async () => {
    expect(await ask(credentials, asApp())).toMatchObject({
      verdict: 'pass',
      summary: 'app: valid for 30 d more, allowed are 90 d',
    });
    expect((await ask(credentials, asApp(), { 'max-age': '10d' })).verdict).toBe('fail');
    expect((await ask(credentials, urls.good)).verdict).toBe('inconclusive');
    expect((await ask(credentials, urls.good, { rotatedAt: '2026-11-01' })).verdict).toBe('pass');
  });
});

describe('database.pool', () => {
  it('compares what the replicas may open with what the server lets them', async () => {
    expect(await ask(pool, asApp(), { pool: 10 })).toMatchObject({
      verdict: 'pass',
      summary: 'backend 3 × 10 + 5 = 35 of 97 connections',
    });
    expect((await ask(pool, asApp(), { pool: { backend: 40 } })).verdict).toBe('fail');
    expect((await ask(pool, asApp())).verdict).toBe('inconclusive');
    await expect(ask(pool, asApp(), { pool: { backnd: 4 } })).rejects.toThrow('no service');
  });
});

describe('database.indexes', () => {
  it('passes a schema whose indexes are as they should be', async () => {
    expect(await ask(indexes, asApp())).toMatchObject({
      verdict: 'pass',
      summary: expect.stringMatching(/^3 indexes/),
    });
  });
  it('fails invalid, duplicate and missing indexes, and large tables read whole', async () => {
    const wait = async (): Promise<readonly string[]> => {
      const { details } = await ask(indexes, urls.bad, { largeRows: 1_000, scans: 2 });
      return details ?? [];
    };
    await expect.poll(wait, { timeout: 10_000 }).toContain('big (2000 rows) is read whole in 100 %');
    expect(await wait()).toEqual(
      expect.arrayContaining([
        'tools_kind is invalid',
        'tools_kind_again duplicates tools_kind',
        'the foreign key tools_user_id_fkey of tools has no index',
      ]),
    );
    const ignore = ['tools_kind', 'tools_kind_again', 'tools_user_id_fkey', 'big'];
    expect((await ask(indexes, urls.bad, { ignore })).verdict).toBe('pass');
  });
});

describe('database.queries', () => {
  it('holds named queries against their budgets', async () => {
    const users = { sql: 'select * from users where id = 1;', budget: '5s' };
    expect(await ask(queries, asApp(), { queries: { users } })).toMatchObject({ verdict: 'pass' });
    const slow = await ask(queries, asApp(), { max: '20ms', queries: { slow: 'select pg_sleep(0.05)' } });
    expect(slow).toMatchObject({
      verdict: 'fail',
      summary: expect.stringMatching(/^slow: \d+ ms of 20 ms$/),
    });
    expect((await ask(queries, asApp())).verdict).toBe('inconclusive');
  });
  it('changes nothing, whatever is asked', async () => {
    const write = ask(queries, urls.bad, { queries: { write: "update users set name = 'Eve'" } });
    await expect(write).rejects.toThrow('read-only transaction');
    const two = ask(queries, urls.bad, {
      queries: { two: "select 1; commit; update users set name = 'Eve'" },
    });
    await expect(two).rejects.toThrow('must be one statement');
    const [row] = await withSession(urls.bad, options, (session) =>
      session.query<{ name: string }>('select name from users'),
    );
    expect(row?.name).toBe('Ada');
  });
  it('ends its query when its time is over', async () => {
    const off = AbortSignal.timeout(100);
    const of = subject({ databaseUrl: urls.good, settings: { queries: { long: 'select pg_sleep(3600)' } } });
    await expect(look(queries, of, { ...probe(), signal: off })).rejects.toThrow();
  });
});

describe('database.replication', () => {
  it('does not apply without replicas, and fails when declared ones do not stream', async () => {
    expect((await ask(replication, asApp())).verdict).toBe('not-applicable');
    expect(await ask(replication, asApp(), { replicas: 1 })).toMatchObject({
      verdict: 'fail',
      summary: '0 of 1 replicas are streaming',
    });
  });
});

describe('every check that asks the database', () => {
  it.each([
    ['database.credentials', credentials, {}],
    ['database.pool', pool, { pool: 1 }],
    ['database.indexes', indexes, {}],
    ['database.queries', queries, { queries: { one: 'select 1' } }],
    ['database.replication', replication, { replicas: 1 }],
  ])(
    '%s is broken by a server that is not there, and does not apply without one',
    async (_, check, settings) => {
      await expect(ask(check, 'postgres://u:p@127.0.0.1:1/x', settings)).rejects.toMatchObject({
        code: 'unreachable',
      });
      expect((await look(check, subject({ settings }))).verdict).toBe('not-applicable');
    },
  );
});

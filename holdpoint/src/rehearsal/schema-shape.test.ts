import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../system/exec/run.ts';
import { type Session, withSession } from '../system/postgres/connection.ts';
import { startTemporaryServer, type TemporaryServer } from '../system/postgres/temporary-server.ts';
import { differencesOf, readShape } from './schema-shape.ts';

let server: TemporaryServer;
beforeAll(async () => {
  server = await startTemporaryServer(run);
});
afterAll(() => server?.remove());

const BASE = `
  create schema app;
  create role reader;
  create type app.mood as enum ('a', 'b');
  create domain app.short as text check (length(value) < 9);
  create table app.t (id bigserial primary key, name text default 'x', mood app.mood, n int);
  create table app.parts (id int, at date) partition by range (at);
  create view app.v as select id from app.t;
  create materialized view app.m as select count(*) from app.t;
  create function app.f(a int) returns int language sql as 'select 1';
  create function app.g() returns trigger language plpgsql as 'begin return new; end';
  create trigger tr before insert on app.t for each row execute function app.g();
  create policy p on app.t using (id > 0);
  create rule r as on delete to app.t do also select 1;
  create statistics app.s on name, n from app.t;
  create aggregate app.total (int) (sfunc = int4pl, stype = int)`;

async function inTransaction<Result>(use: (session: Session) => Promise<Result>): Promise<Result> {
  return withSession(server.url, { statementTimeout: 60_000 }, async (session) => {
    await session.query('begin');
    await session.query(BASE);
    return use(session);
  });
}

test.each<[string, readonly string[]]>([
  ['select 1', []],
  ['insert into app.t (name) values (1)', []],
  ['create schema other', ['schema other added']],
  [
    'alter table app.t rename to u',
    expect.arrayContaining(['table app.t removed', 'table app.u added']) as never,
  ],
  ['alter table app.t add a int', ['column app.t.a added']],
  ['alter table app.t alter n type bigint', ['column app.t.n changed']],
  ['alter table app.t alter name drop default', ['column app.t.name changed']],
  ['alter table app.t alter n set not null', ['column app.t.n changed']],
  ['alter table app.t drop mood, add mood app.mood', ['column app.t.mood changed', 'column app.t.n changed']],
  ['alter table app.t enable row level security', ['table app.t changed']],
  ['alter table app.t owner to reader', ['sequence app.t_id_seq changed', 'table app.t changed']],
  ['grant select on app.t to reader', ['table app.t changed']],
  ['grant update (n) on app.t to reader', ['column app.t.n changed']],
  ['create index i on app.t (n)', ['index app.i added']],
  ['alter table app.t add constraint c check (n > 0)', ['constraint c on app.t added']],
  ['alter table app.t add constraint c check (n > 0) not valid', ['constraint c on app.t added']],
  ['alter table app.t disable trigger tr', ['trigger tr on app.t changed']],
  ['drop trigger tr on app.t', ['trigger tr on app.t removed']],
  ['alter policy p on app.t using (id > 1)', ['policy p on app.t changed']],
  ['drop rule r on app.t', ['rule r on app.t removed']],
  ['create or replace view app.v as select id, n from app.t', ['column app.v.n added', 'view app.v changed']],
  [
    `create or replace function app.f(a int) returns int language sql as 'select 2'`,
    ['function app.f(a integer) changed'],
  ],
  [`create function app.f(a text) returns int language sql as 'select 2'`, ['function app.f(a text) added']],
  ['drop aggregate app.total (int)', ['function app.total(integer) removed']],
  ['alter sequence app.t_id_seq increment 2', ['sequence app.t_id_seq changed']],
  [`select setval('app.t_id_seq', 77)`, []],
  [`alter type app.mood add value 'c'`, ['type app.mood changed']],
  [`alter type app.mood rename value 'a' to 'z'`, ['type app.mood changed']],
  ['alter domain app.short set not null', ['type app.short changed']],
  ['drop statistics app.s', ['statistics app.s removed']],
  [
    `create table app.parts_1 partition of app.parts for values from ('2024-01-01') to ('2025-01-01')`,
    ['column app.parts_1.at added', 'column app.parts_1.id added', 'table app.parts_1 added'],
  ],
  ['drop materialized view app.m', ['column app.m.count removed', 'materialized view app.m removed']],
  [
    `create function app.h() returns event_trigger language plpgsql as 'begin end';
     create event trigger e on sql_drop execute function app.h()`,
    ['event trigger e added', 'function app.h() added'],
  ],
])('%s', async (statement, expected) => {
  const found = await inTransaction(async (session) => {
    const before = await readShape(session);
    await session.query(statement);
    return differencesOf(before, await readShape(session));
  });
  expect(found.map(({ object, change }) => `${object} ${change}`).sort()).toEqual(expected);
});

test('what lies in system schemas, and what an extension brings, is not part of it', async () => {
  const shape = await inTransaction(readShape);
  expect([...shape.keys()].filter((object) => /pg_catalog|information_schema|pg_toast/.test(object))).toEqual(
    [],
  );
  expect(shape.get('extension plpgsql')).toBeDefined();
  expect([...shape.keys()].filter((object) => object.includes('plpgsql_call_handler'))).toEqual([]);
});

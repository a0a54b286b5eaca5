import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { systemClock } from '../system/clock.ts';
import { run } from '../system/exec/run.ts';
import { type Lender, query, startLender } from './copies.fixture.ts';
import { type MigrationFindings, standsMigrated } from './findings.ts';
import { FIRST, migrating } from './migration.fixture.ts';
import { LARGEST, rehearseMigration } from './migration.ts';

let lender: Lender;
beforeAll(async () => {
  lender = await startLender(FIRST);
});
afterAll(() => lender?.remove());

interface Parts {
  readonly within?: number;
  readonly largest?: number;
  /** What is asked of the copy at the end. */
  readonly ask?: string;
  readonly backup?: string;
  readonly signal?: AbortSignal;
}

async function rehearse(
  up: string,
  down: string,
  parts: Parts = {},
): Promise<{ readonly found: MigrationFindings; readonly answer: readonly unknown[] }> {
  const { within = 20_000, largest = LARGEST, ask = 'select 1', backup = 'shop' } = parts;
  const signal = parts.signal ?? new AbortController().signal;
  const commandsAt = await migrating(up, down);
  return lender.withRestored(
    backup,
    async (restored) => {
      const commands = commandsAt(restored.url);
      const of = { restored, commands, exec: run, clock: systemClock, within, largest, signal };
      const { migration: found } = await rehearseMigration(of);
      return { found, answer: await query(restored.url, ask) };
    },
    signal,
  );
}

const NOTHING = { tables: [], columns: [], changed: [], uncompared: [] };

describe('a migration on a copy', () => {
  test('that only adds loses nothing, goes down without a trace, and up again', async () => {
    const { found, answer } = await rehearse(
      `alter table users add email text; create table tags (id int primary key);
       create function f() returns int language sql as 'select 1'; create type mood as enum ('a', 'b')`,
      'drop type mood; drop function f(); drop table tags; alter table users drop email',
      { ask: 'select email from users limit 1' },
    );
    expect(found).toMatchObject({
      before: { current: '1', pending: ['2'] },
      up: { settled: true },
      rewrites: [],
      lost: NOTHING,
      writes: [{ table: 'public.schema_migrations', inserted: 1 }],
      down: { kind: 'proven' },
      again: { settled: true },
      holdsRows: ['public.orders', 'public.users'],
      unread: [],
    });
    expect(standsMigrated(found)).toBe(true);
    expect(answer).toEqual([{ email: null }]);
  });

  test('that drops a column loses it, and its way down brings back an empty one only', async () => {
    const { found } = await rehearse('alter table users drop note', 'alter table users add note text');
    expect(found.lost).toEqual({ ...NOTHING, columns: ['public.users.note'] });
    expect(found.down).toMatchObject({
      kind: 'lossy',
      differences: [],
      lost: { changed: [{ table: 'public.users', rowsBefore: 2000, rowsAfter: 2000, columns: ['note'] }] },
    });
    expect(standsMigrated(found)).toBe(false);
  });

  test('that renames a column and a table loses nothing, and the way down is proven', async () => {
    const { found } = await rehearse(
      'alter table users rename name to title; alter table orders rename to purchases',
      'alter table purchases rename to orders; alter table users rename title to name',
    );
    expect(found).toMatchObject({ lost: NOTHING, rewrites: [], down: { kind: 'proven' } });
  });

  test('that changes a type rewrites the table and keeps its values', async () => {
    const { found } = await rehearse(
      'alter table orders alter amount type bigint',
      'alter table orders alter amount type int',
    );
    expect(found).toMatchObject({
      rewrites: [{ table: 'public.orders', kind: 'rewritten' }],
      lost: NOTHING,
      down: { kind: 'proven' },
    });
    expect(found.rewrites[0]?.bytes).toBeGreaterThan(100_000);
  });

  test('that empties and drops tables is told apart from one that rewrites them', async () => {
    const { found } = await rehearse(
      'truncate orders; alter table orders drop user_id; drop table users',
      '',
    );
    expect(found.rewrites).toMatchObject([
      { table: 'public.orders', kind: 'truncated' },
      { table: 'public.users', kind: 'dropped' },
    ]);
    expect(found.lost).toMatchObject({
      tables: ['public.users'],
      columns: ['public.orders.user_id'],
      changed: [{ table: 'public.orders', rowsBefore: 5000, rowsAfter: 0 }],
    });
    expect(found.down.kind).toBe('lossy');
  });

  // On a busy machine the commit itself may come late.
  test('that holds a table for 400 ms is seen doing so', { retry: 2 }, async () => {
    const { found } = await rehearse(
      'lock table users in access exclusive mode; lock table orders in share mode; select pg_sleep(0.4)',
      '',
    );
    const [first, second] = found.sampling.locks;
    expect(found.sampling.locks.map(({ table }) => table).sort()).toEqual(['public.orders', 'public.users']);
    for (const lock of [first, second]) {
      expect(lock?.stopsWritesFor).toBeGreaterThan(300);
      expect(lock?.stopsWritesFor).toBeLessThan(600);
    }
    const users = found.sampling.locks.find(({ table }) => table === 'public.users');
    expect(users).toMatchObject({ mode: 'AccessExclusiveLock', stopsReadsFor: users?.heldFor });
    expect(found.sampling.locks.find(({ table }) => table === 'public.orders')).toMatchObject({
      mode: 'ShareLock',
      stopsReadsFor: 0,
    });
  });

  test('that changes rows is found by their content, also when their number stays', async () => {
    const { found } = await rehearse('update users set name = upper(name) where id <= 10', '');
    expect(found.lost.changed).toEqual([
      { table: 'public.users', rowsBefore: 2000, rowsAfter: 2000, columns: ['name'] },
    ]);
    expect(found.writes).toContainEqual({ table: 'public.users', inserted: 0, updated: 10, deleted: 0 });
    expect(found.down.kind).toBe('lossy');
  });

  test('that swaps values between rows is found, although each column holds the same values', async () => {
    const { found } = await rehearse(
      `update users set name = case id when 1 then 'user 2' else 'user 1' end where id in (1, 2)`,
      '',
    );
    expect(found.lost.changed).toEqual([
      { table: 'public.users', rowsBefore: 2000, rowsAfter: 2000, columns: [] },
    ]);
  });

  test('that only inserts loses nothing, but a way down that leaves the rows is none', async () => {
    const { found } = await rehearse(`insert into users values (0, 'root', null)`, '');
    expect(found.lost).toEqual(NOTHING);
    expect(found.writes).toContainEqual({ table: 'public.users', inserted: 1, updated: 0, deleted: 0 });
    expect(found.down).toMatchObject({ kind: 'lossy', lost: { changed: [{ rowsAfter: 2001 }] } });
  });

  test('whose way down forgets an index, a default or a grant is not proven', async () => {
    const { found } = await rehearse(
      `drop index orders_of_user; alter table orders alter amount set default 1; grant select on users to public`,
      '',
    );
    expect(found.down).toMatchObject({
      kind: 'lossy',
      differences: [
        { object: 'index public.orders_of_user', change: 'removed' },
        { object: 'column public.orders.amount', change: 'changed' },
        { object: 'table public.users', change: 'changed' },
      ],
      lost: NOTHING,
    });
  });

  test('whose way down fails keeps the last words of it', async () => {
    const { found } = await rehearse('alter table users add email text', 'alter table users drop e_mail');
    expect(found.down).toMatchObject({
      kind: 'failed',
      migration: { output: ['column "e_mail" of relation "users" does not exist'] },
    });
    expect(standsMigrated(found)).toBe(false);
  });

  test('that fails half-way says what is left, and whether the way down leads back', async () => {
    const { found } = await rehearse(
      '-- no transaction\nalter table users add email text; alter table users add name text',
      'alter table users drop email',
    );
    expect(found.up).toMatchObject({
      settled: false,
      output: ['column "name" of relation "users" already exists'],
    });
    expect(found.halfDone?.differences).toEqual([{ object: 'column public.users.email', change: 'added' }]);
    // The tool has not noted what it did not finish, so that it finds nothing to take back.
    expect(found.down).toMatchObject({
      kind: 'lossy',
      differences: [{ object: 'column public.users.email' }],
    });
  });

  test('that fails in its transaction leaves everything as it was', async () => {
    const { found } = await rehearse('alter table users add email text; select 1 / 0', '');
    expect(found.halfDone).toEqual({ differences: [], lost: NOTHING });
    expect(found).toMatchObject({ up: { output: ['division by zero'] }, down: { kind: 'proven' } });
    expect(standsMigrated(found)).toBe(false);
  });

  test('that takes too long is ended on the server too', async () => {
    const { found } = await rehearse('lock table users; select pg_sleep(600)', '', { within: 2_000 });
    expect(found.up).toMatchObject({ settled: false, timedOut: true });
    expect(found.halfDone?.differences).toEqual([]);
  });

  test('says which tables were too large to be read, and whether they were touched', async () => {
    const { found } = await rehearse('update orders set amount = 0 where id = 1', '', { largest: 100_000 });
    expect(found.unread).toEqual(['public.orders', 'public.users']);
    expect(found.lost).toEqual({ ...NOTHING, uncompared: ['public.orders'] });
    expect(found.down).toMatchObject({ kind: 'lossy', lost: { uncompared: ['public.orders'] } });
  });

  test('that locks a table split into partitions is seen, and the partitions are followed one by one', async () => {
    await lender.make(
      'split',
      `${FIRST};
       create table events (id int, at date) partition by range (at);
       create table events_old partition of events for values from ('2020-01-01') to ('2025-01-01');
       insert into events select i, '2024-01-01' from generate_series(1, 10) i`,
    );
    const { found } = await rehearse(
      'lock table only events; drop table events_old; select pg_sleep(0.2)',
      '',
      {
        backup: 'split',
      },
    );
    expect(found.lost.tables).toEqual(['public.events_old']);
    expect(found.sampling.locks.map(({ table }) => table).sort()).toEqual([
      'public.events',
      'public.events_old',
    ]);
  });

  test('that is cancelled ends with the reason', async () => {
    const cancelling = new AbortController();
    const rehearsal = rehearse('select pg_sleep(600) from users', '', { signal: cancelling.signal });
    const asleep = `select 1 from pg_stat_activity where wait_event = 'PgSleep' and query like 'select pg_sleep(600)%'`;
    await lender.withRestored(
      'shop',
      async ({ superuserUrl }) => {
        await vi.waitFor(async () => expect(await query(superuserUrl, asleep)).toHaveLength(1), {
          timeout: 60_000,
        });
      },
      cancelling.signal,
    );
    cancelling.abort(new Error('enough'));
    await expect(rehearsal).rejects.toThrow('enough');
  });
});

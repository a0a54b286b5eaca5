import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';
import { withSession } from '../../system/postgres/connection.ts';
import type { TemporaryServer } from '../../system/postgres/temporary-server.ts';
import type { Backup } from '../backup.ts';
import type { Way } from './consistent-copy.ts';
import { type PostgresBackupOptions, postgresBackup } from './engine.ts';
import { type Load, startLoad } from './load.fixture.ts';
import { clientsAt, slowClient } from './slow-client.fixture.ts';

const ACCOUNTS = 500;
/** What a superuser must run, one after the other, until a role may back up. */
const RIGHTS: Readonly<Record<Way, readonly { readonly next: string; readonly statement: string }[]>> = {
  pg_basebackup: [{ next: 'REPLICATION', statement: 'alter role app replication' }],
  pg_backup_start: [
    { next: 'REPLICATION', statement: 'alter role app replication' },
    {
      next: 'GRANT EXECUTE',
      statement: `grant execute on function pg_backup_start to app;
                  grant execute on function pg_backup_stop to app`,
    },
  ],
};

async function query<Row>(at: string, text: string): Promise<readonly Row[]> {
  return withSession(at, { statementTimeout: 60_000 }, (session) => session.query<Row>(text));
}

/** What every way of copying a running server must do. `start` yields a server of the test's own. */
export function describeCopy(name: string, way: Way, start: () => Promise<TemporaryServer>): void {
  describe(`${way} from ${name}`, () => {
    let server: TemporaryServer;
    let room = '';
    let folder = '';
    let taken: Backup;
    let answered: readonly { readonly id: number; readonly before: number; readonly after: number }[] = [];
    let returned = 0;

    const backups = (more: Partial<PostgresBackupOptions> = {}) =>
      postgresBackup({
        ...{ url: server.url, data: server.data, folder, scratch: join(room, 'scratch') },
        ...{ clock: systemClock, exec: run, way, ...more },
      });

    beforeAll(async () => {
      server = await start();
      room = await mkdtemp(join(tmpdir(), 'holdpoint-copy-'));
      folder = join(room, 'backups');
      await chmod(room, 0o711);
      await mkdir(folder);
      await mkdir(join(room, 'scratch'), { mode: 0o711 });
      // An equals sign, since options of pg_basebackup are divided by one.
      const place = join(room, 'fast=disk');
      await mkdir(place);
      const { uid, gid } = await stat(server.data);
      await chown(place, uid, gid);
      await query(server.url, 'alter database template0 is_template false');
      await query(server.url, 'drop database template0');
      await query(server.url, `create tablespace fast location '${place}'`);
      await query(
        server.url,
        `create table accounts (id int primary key, balance bigint not null, note text);
         insert into accounts select i, 100, repeat(md5(i::text), 20) from generate_series(1, ${ACCOUNTS}) i;
         create table transfers (id bigserial primary key, source int, target int, amount int);
         create table jobs (id bigserial primary key, task text);
         create table ticks (id int primary key);
         create table still (id int primary key, word text) tablespace fast;
         insert into still select i, md5(i::text) from generate_series(1, 2000) i`,
      );
      const load: Load = await startLoad(server.url, ACCOUNTS);
      const ticking = startTicks(server.url);
      try {
        taken = await backups().create(runId(`under-load-${way}`));
        returned = Date.now();
      } finally {
        answered = await ticking.stop();
        await load.stop();
      }
    });

    afterAll(async () => {
      await server?.remove();
      if (room !== '') await rm(room, { recursive: true, force: true });
    });

    test('says which way was taken, reads back, and proves, with the still table by its fingerprint', async () => {
      expect(taken).toMatchObject({ way, databases: ['postgres'] });
      expect(await backups().verify(taken.id)).toMatchObject({ verdict: 'pass' });
      const { evidence, proof } = await backups().prove(taken.id);
      expect(evidence).toMatchObject({ verdict: 'pass' });
      expect(evidence.details?.join('\n')).toMatch(
        /: 1 tables by the fingerprint of their rows, 4 by count only/,
      );
      expect(evidence.details).toContain(`copied by ${way}`);
      expect(proof).toMatchObject({ tables: 5, consistencyPoint: taken.consistencyPoint });
    });

    test('holds all that was answered before its instant, nothing that came after, and no half of a transfer', async () => {
      await backups().withRestored(taken.id, async ({ url }) => {
        const [row] = await query<{ total: number; moved: number; still: number; ticks: number[] }>(
          url,
          `select (select sum(balance)::int from accounts) as total,
                  (select count(*)::int from still) as still,
                  (select coalesce(array_agg(id), '{}') from ticks) as ticks,
                  (select count(*)::int from accounts a where balance <> 100
                     - coalesce((select sum(amount) from transfers where source = a.id), 0)
                     + coalesce((select sum(amount) from transfers where target = a.id), 0)) as moved`,
        );
        expect(row).toMatchObject({ total: ACCOUNTS * 100, moved: 0, still: 2_000 });
        const held = new Set(row?.ticks);
        const { at } = taken.consistencyPoint;
        const due = answered.filter(({ after }) => after < at);
        expect(due.length).toBeGreaterThan(10);
        expect(due.filter(({ id }) => !held.has(id))).toEqual([]);
        const late = answered.filter(({ before }) => before > returned);
        expect(late.filter(({ id }) => held.has(id))).toEqual([]);
        expect(Math.max(...held)).toBeLessThan(Math.max(...answered.map(({ id }) => id)));
      });
    });

    test('keeps a tablespace as a plain folder, and leaves the original alone', async () => {
      const spaces = join(folder, taken.id, 'files', 'pg_tblspc');
      const [oid = ''] = await readdir(spaces);
      expect((await lstat(join(spaces, oid))).isDirectory()).toBe(true);
      expect(await query(server.url, 'select count(*)::int as rows from still')).toEqual([{ rows: 2_000 }]);
    });

    test('leaves no slot, no sender and no open backup on the server', async () => {
      await nothingOpen(server.url);
    });

    test('an abort in the middle leaves nothing behind', async () => {
      const names = await readdir(folder);
      const cancel = new AbortController();
      const midway = (): void => cancel.abort(new DOMException('cancelled', 'AbortError'));
      await expect(
        backups(interruption(way, midway)).create(runId('cancelled'), cancel.signal),
      ).rejects.toThrow('cancelled');
      expect(await readdir(folder)).toEqual(names);
      expect(await clientsAt(folder)).toEqual([]);
      await nothingOpen(server.url);
    });

    test('what a kill in the middle leaves counts for nothing and goes with the next', async () => {
      const where = way === 'pg_basebackup' ? way : 'backup';
      const fixture = join(import.meta.dirname, 'interrupted.fixture.ts');
      const args = [fixture, where, server.url, server.data, folder, join(room, 'scratch'), '', way];
      const died = await run({ program: process.execPath, args }, { timeout: 60_000 });
      expect(died).toMatchObject({ signal: 'SIGKILL', stderr: '' });
      expect((await readdir(folder)).filter((name) => name.endsWith('-killed.partial'))).toHaveLength(1);
      expect((await backups().list()).map(({ id }) => id)).toEqual([taken.id]);
      const { id } = await backups().create(runId('next'));
      expect((await readdir(folder)).sort()).toEqual([taken.id, id].sort());
      await expect.poll(() => clientsAt(folder), { timeout: 60_000 }).toEqual([]);
      expect((await readdir(folder)).sort()).toEqual([taken.id, id].sort());
      await rm(join(folder, id), { recursive: true });
      await nothingOpen(server.url);
    });

    test('a role that may not back up is told the statement, and with all of them it may', async () => {
      await query(server.url, `create role app login password 'app'`);
      const url = server.url.replace(/\/\/[^@]+@/, '//app:app@');
      for (const { next, statement } of RIGHTS[way]) {
        await expect(backups({ url }).create(runId('poor'))).rejects.toMatchObject({
          code: 'configuration',
          next: expect.stringContaining(next),
        });
        await query(server.url, statement);
      }
      const { id } = await backups({ url }).create(runId('enough'));
      expect(await backups().verify(id)).toMatchObject({ verdict: 'pass' });
      await rm(join(folder, id), { recursive: true });
    });
  });
}

async function nothingOpen(url: string): Promise<void> {
  const open = `select (select count(*) from pg_replication_slots)::int as slots,
                       (select count(*) from pg_stat_replication)::int as senders`;
  await expect.poll(() => query(url, open), { timeout: 30_000 }).toEqual([{ slots: 0, senders: 0 }]);
}

/** Calls `midway` once files are being copied. */
function interruption(way: Way, midway: () => void): Partial<PostgresBackupOptions> {
  if (way === 'pg_basebackup') return { exec: slowClient(midway) };
  let asked = 0;
  const now = (): number => {
    // Asked the second time when the copy begins.
    if (asked++ === 1) midway();
    return Date.now();
  };
  return { clock: { ...systemClock, now } };
}

/** Writes one row after the other, and notes between which times each was answered. */
function startTicks(url: string): {
  stop(): Promise<readonly { readonly id: number; readonly before: number; readonly after: number }[]>;
} {
  const answered: { id: number; before: number; after: number }[] = [];
  let going = true;
  const writing = withSession(url, { statementTimeout: 60_000 }, async (session) => {
    const tick = async (): Promise<void> => {
      const before = Date.now();
      await session.query('insert into ticks values ($1)', [answered.length]);
      answered.push({ id: answered.length, before, after: Date.now() });
    };
    while (going) await tick();
    // At least one that the backup cannot hold.
    await tick();
  });
  return {
    async stop() {
      going = false;
      await writing;
      return answered;
    },
  };
}

import { chmod, cp, mkdtemp, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../kernel/canonical.ts';
import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';
import { withSession } from '../../system/postgres/connection.ts';
import { startTemporaryServer, type TemporaryServer } from '../../system/postgres/temporary-server.ts';
import type { Backup, DatabaseBackup } from '../backup.ts';
import { flipBit, relationFile } from './damage.fixture.ts';
import { postgresBackup } from './engine.ts';
import { type Load, startLoad } from './load.fixture.ts';
import { readManifest } from './manifest.ts';
import { incomplete } from './verify.ts';

const ACCOUNTS = 2_000;
const session = { statementTimeout: 60_000 };
/** Where the way matters; the other one has the same contract. */
const way = 'pg_backup_start';
let server: TemporaryServer;
let folder = '';
let scratch = '';
let url = '';
let backups: DatabaseBackup;
let taken: Backup;
let committed = { before: 0, after: 0 };

async function query<Row>(at: string, text: string): Promise<readonly Row[]> {
  return withSession(at, session, (lent) => lent.query<Row>(text));
}

beforeAll(async () => {
  server = await startTemporaryServer(run, { max_connections: '40' });
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-backups-'));
  scratch = await mkdtemp(join(tmpdir(), 'holdpoint-room-'));
  await chmod(scratch, 0o711);
  url = server.url;
  // Half of the files to copy, each time.
  await query(url, 'alter database template0 is_template false');
  await query(url, 'drop database template0');
  await query(
    url,
    `create table accounts (id int primary key, balance bigint not null, note text);
     insert into accounts select i, 100, repeat(md5(i::text), 20) from generate_series(1, ${ACCOUNTS}) i;
     create index by_balance on accounts (balance);
     create table transfers (id bigserial primary key, source int, target int, amount int);
     create table jobs (id bigserial primary key, task text);
     create table letters (id int primary key, body text);
     alter table letters alter body set storage external;
     insert into letters select i, repeat(md5(i::text), 400) from generate_series(1, 50) i;
     create materialized view rich as select count(*) from accounts;
     create unlogged table cache as select generate_series(1, 10) as entry`,
  );
  backups = postgresBackup({ url, data: server.data, folder, scratch, clock: systemClock, exec: run });
  const load: Load = await startLoad(url, ACCOUNTS);
  try {
    committed.before = load.committed();
    taken = await backups.create(runId('under-load'));
    committed = { ...committed, after: load.committed() };
  } finally {
    await load.stop();
  }
});

afterAll(async () => {
  await server?.remove();
  for (const path of [folder, scratch]) if (path !== '') await rm(path, { recursive: true, force: true });
});

const file = (path: string): string => join(folder, taken.id, 'files', path);

describe('a backup taken while others write', () => {
  test('is listed with its consistency point, and every file reads back', async () => {
    expect(committed.after).toBeGreaterThan(committed.before + 20);
    expect(await backups.list()).toEqual([taken]);
    expect(taken).toMatchObject({ run: 'under-load', databases: ['postgres'], provenAt: undefined });
    expect(await backups.verify(taken.id)).toMatchObject({ verdict: 'pass' });
  });

  test('is proven by a restored copy in which every page was read', async () => {
    const { evidence, proof } = await backups.prove(taken.id);
    expect(evidence).toMatchObject({
      verdict: 'pass',
      details: expect.arrayContaining(['page checksums: on']),
    });
    expect(evidence.details?.join()).toMatch(/amcheck: \d+ heaps and \d{3} indexes/);
    expect(proof).toMatchObject({ tables: 5, consistencyPoint: taken.consistencyPoint });
    expect(proof?.rows).toBeGreaterThan(ACCOUNTS + committed.before);
    expect((await backups.list())[0]?.provenAt).toBeGreaterThan(taken.consistencyPoint.at);
    expect(await readdir(scratch)).toEqual([]);
  });

  test('holds all that was committed before it began, and no half of a transfer', async () => {
    await backups.withRestored(taken.id, async (restored) => {
      expect(restored.url).toMatch(/^postgres:\/\/postgres:[0-9a-f]{48}@127\.0\.0\.1:\d+\/postgres$/);
      const [row] = await query<{ total: number; transfers: number; moved: number; cached: number }>(
        restored.url,
        `select (select sum(balance)::int from accounts) as total,
                (select count(*)::int from transfers) as transfers,
                (select count(*)::int from cache) as cached,
                (select count(*)::int from accounts a where balance <> 100
                   - coalesce((select sum(amount) from transfers where source = a.id), 0)
                   + coalesce((select sum(amount) from transfers where target = a.id), 0)) as moved`,
      );
      expect(row).toMatchObject({ total: ACCOUNTS * 100, moved: 0, cached: 0 });
      expect(row?.transfers).toBeGreaterThanOrEqual(committed.before);
      expect(row?.transfers).toBeLessThanOrEqual(committed.after + 3);
      const wrong = restored.url.replace(/:[0-9a-f]{48}@/, ':guess@');
      await expect(query(wrong, 'select 1')).rejects.toMatchObject({ code: 'unreachable' });
    });
  });

  test('leaves no slot and no backup open on the server', async () => {
    expect(await query(server.url, 'select slot_name from pg_replication_slots')).toEqual([]);
  });
});

describe('a damaged copy fails', () => {
  const fails = async (...named: readonly string[]): Promise<void> => {
    const details = expect.arrayContaining([...named]);
    expect(await backups.verify(taken.id)).toMatchObject({ verdict: 'fail', details });
    const { evidence, proof } = await backups.prove(taken.id);
    expect(evidence).toMatchObject({ verdict: 'fail', details });
    expect(proof).toBeUndefined();
    expect((await backups.list())[0]?.provenAt).toBeUndefined();
  };

  test('for one flipped bit', async () => {
    const path = await relationFile(url, 'accounts');
    await flipBit(file(path), 9_000);
    await fails(`${path}: content differs`);
    await flipBit(file(path), 9_000);
  });

  test('for a file that is too short', async () => {
    const whole = await readFile(file('pg_xact/0000'));
    await truncate(file('pg_xact/0000'), 4_096);
    await fails('pg_xact/0000: 4096 bytes instead of 8192');
    await writeFile(file('pg_xact/0000'), whole);
  });

  test('for a file that is gone, and for one too many', async () => {
    await rename(file('global/pg_control'), file('global/other'));
    await fails('global/pg_control: missing', 'global/other: not in the manifest');
    await rename(file('global/other'), file('global/pg_control'));
  });

  test('also when the original was damaged already, so that every digest is right', async () => {
    const path = await relationFile(url, 'letters');
    await withAltered(
      path,
      (at) => flipBit(at, 8_000),
      async () => {
        expect(await backups.verify(taken.id)).toMatchObject({ verdict: 'pass' });
        const { evidence } = await backups.prove(taken.id);
        expect(evidence).toMatchObject({
          verdict: 'fail',
          details: expect.arrayContaining([expect.stringContaining('invalid page in block 0')]),
        });
      },
    );
  });

  test('also when the write-ahead log ends too early, so that the copy never becomes consistent', async () => {
    const names = (await readdir(file('pg_wal'))).filter((name) => /^[0-9A-F]{24}$/.test(name)).sort();
    const last = `pg_wal/${names.at(-1)}`;
    await withAltered(
      last,
      (at) => writeFile(at, Buffer.alloc(2 ** 20)),
      async () => {
        const { evidence } = await backups.prove(taken.id);
        expect(evidence).toMatchObject({ verdict: 'fail', summary: 'the restored copy does not start' });
        expect(evidence.details?.join()).toMatch(/WAL ends before end of online backup|could not locate/);
      },
    );
  });

  test('also when its label or a piece of the log was never taken along', async () => {
    const { manifest } = (await readManifest(join(folder, taken.id))) ?? {};
    const log = manifest?.files.findLast(({ path }) => path.startsWith('pg_wal/'))?.path ?? '';
    for (const left of ['backup_label', log]) {
      const files = manifest?.files.filter(({ path }) => path !== left);
      expect(manifest && files && incomplete({ ...manifest, files })).toEqual([`${left}: not in the backup`]);
    }
  });

  /** Changes a file and its entry in the manifest alike, for a while. */
  async function withAltered(
    path: string,
    alter: (at: string) => Promise<void>,
    use: () => Promise<void>,
  ): Promise<void> {
    const manifestPath = join(folder, taken.id, 'manifest.json');
    const [manifest, content] = [await readFile(manifestPath, 'utf8'), await readFile(file(path))];
    await alter(file(path));
    const altered = await readFile(file(path));
    await writeFile(manifestPath, manifest.replace(sha256(content), sha256(altered)));
    try {
      await use();
    } finally {
      await writeFile(manifestPath, manifest);
      await writeFile(file(path), content);
    }
  }
});

describe('what dies half-way', () => {
  const die = (where: string) =>
    run(
      {
        program: process.execPath,
        args: [
          join(import.meta.dirname, 'interrupted.fixture.ts'),
          where,
          url,
          server.data,
          folder,
          scratch,
          taken.id,
        ],
      },
      { timeout: 60_000 },
    );

  test('a killed backup is never listed, and is cleared away later', async () => {
    const died = await die('backup');
    expect(died).toMatchObject({ signal: 'SIGKILL', stderr: '' });
    const partial = (await readdir(folder)).filter((name) => name !== taken.id);
    expect(partial).toEqual([expect.stringMatching(/^\d{8}T\d{6}Z-killed\.partial$/)]);
    expect((await backups.list()).map(({ id }) => id)).toEqual([taken.id]);
    await expect(backups.verify(partial[0] ?? '')).rejects.toMatchObject({ code: 'not-found' });
    await backups.retain(9, []);
    expect(await readdir(folder)).toEqual([taken.id]);
  });

  test('a restored copy that was left behind is stopped and removed by the next', async () => {
    expect(await die('restored')).toMatchObject({ signal: 'SIGKILL', stderr: '' });
    expect(await readdir(scratch)).toHaveLength(1);
    await backups.withRestored(taken.id, async () => undefined);
    expect(await readdir(scratch)).toEqual([]);
  });

  test('a cancelled backup leaves nothing', async () => {
    const names = await readdir(folder);
    const cancel = new AbortController();
    const clock = {
      ...systemClock,
      now: () => {
        // Asked the second time when the copy begins.
        if (asked++ === 1) cancel.abort(new DOMException('cancelled', 'AbortError'));
        return Date.now();
      },
    };
    let asked = 0;
    const own = postgresBackup({ url, data: server.data, folder, scratch, clock, exec: run, way });
    await expect(own.create(runId('cancelled'), cancel.signal)).rejects.toThrow('cancelled');
    expect(await readdir(folder)).toEqual(names);
  });
});

test('a user who may not back up is told what is missing', async () => {
  await query(server.url, `create role app login password 'app'`);
  const own = new URL(url);
  own.username = 'app';
  own.password = 'app';
  const poor = postgresBackup({
    url: own.href,
    data: server.data,
    folder,
    clock: systemClock,
    exec: run,
    way,
  });
  const refused = (next: string) => ({ code: 'configuration', next: expect.stringContaining(next) });
  await expect(poor.create(runId('poor'))).rejects.toMatchObject(refused('REPLICATION'));
  await query(server.url, 'alter role app replication');
  await expect(poor.create(runId('poor'))).rejects.toMatchObject(refused('GRANT EXECUTE'));
  for (const name of ['pg_backup_start', 'pg_backup_stop'])
    await query(url, `grant execute on function ${name} to app`);
  const { id } = await poor.create(runId('enough'));
  const [role] = await poor.withRestored(id, (restored) =>
    query(restored.url, 'select current_user as name, rolsuper from pg_roles where rolname = current_user'),
  );
  expect(role).toEqual({ name: 'app', rolsuper: false });
  await rm(join(folder, id), { recursive: true });
});

test('the files of another server, or none, are refused before anything is copied', async () => {
  const at = (data: string) => postgresBackup({ url, data, folder, clock: systemClock, exec: run });
  await expect(at(scratch).create(runId('none'))).rejects.toMatchObject({ code: 'configuration' });
  await expect(at(join(folder, taken.id, 'files')).create(runId('other'))).rejects.toMatchObject({
    code: 'configuration',
    message: expect.stringContaining('is not the data directory of the server'),
  });
  expect((await readdir(folder)).filter((name) => name.endsWith('.partial'))).toEqual([]);
});

test('retention keeps the newest proven one, and removes it once a newer one is proven', async () => {
  const older = '20000101T000000Z-older';
  await cp(join(folder, taken.id), join(folder, older), { recursive: true });
  await rm(join(folder, taken.id, 'proof.json'), { force: true });
  await backups.prove(older);
  expect(await backups.retain(1, [])).toEqual([]);
  await backups.prove(taken.id);
  expect(await backups.retain(1, [older])).toEqual([]);
  expect(await backups.retain(1, [])).toEqual([older]);
  expect(await readdir(folder)).toEqual([taken.id]);
});

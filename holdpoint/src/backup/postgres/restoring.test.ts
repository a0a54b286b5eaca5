import {
  chmod,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';
import { withSession } from '../../system/postgres/connection.ts';
import { runningServer } from '../../system/postgres/postmaster.ts';
import { startServer, stopServer } from '../../system/postgres/server.ts';
import { startTemporaryServer, type TemporaryServer } from '../../system/postgres/temporary-server.ts';
import type { Backup, DatabaseBackup, RestoreStep } from '../backup.ts';
import { flipBit, relationFile } from './damage.fixture.ts';
import { postgresBackup } from './engine.ts';
import type { RestoreCommands } from './replacement.ts';
import type { Restoring } from './restoring.fixture.ts';

const long = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('long');
const { signal } = new AbortController();
let server: TemporaryServer;
let folder = '';
let archive = '';
let backups: DatabaseBackup;
let taken: Backup;
let settings = '';
let runs = 0;

async function query<Row>(at: string, text: string): Promise<readonly Row[]> {
  return withSession(at, { statementTimeout: 60_000 }, (session) => session.query<Row>(text));
}

beforeAll(async () => {
  archive = await mkdtemp(join(tmpdir(), 'holdpoint-archive-'));
  await chmod(archive, 0o777);
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-backups-'));
  server = await startTemporaryServer(run, {
    archive_mode: 'on',
    archive_command: `test ! -f ${archive}/%f && cp %p ${archive}/%f`,
  });
  // Half of the files to copy, each time.
  await query(server.url, 'alter database template0 is_template false');
  await query(server.url, 'drop database template0');
  await query(
    server.url,
    `create table letters (id bigserial primary key, body text);
     insert into letters (body) select repeat(md5(i::text), 40) from generate_series(1, 500) i`,
  );
  await query(server.url, `alter system set work_mem = '5MB'`);
  // As an earlier recovery by hand leaves it: PostgreSQL refuses a second target beside it.
  await query(server.url, `alter system set recovery_target_name = 'long ago'`);
  settings = await readFile(join(server.data, 'postgresql.auto.conf'), 'utf8');
  backups = engine();
  taken = await backups.create(runId('before'));
});

afterAll(async () => {
  await server?.remove();
  for (const path of [folder, archive]) if (path !== '') await rm(path, { recursive: true, force: true });
});

afterEach(async () => {
  for (const name of await beside()) await rm(join(dirname(server.data), name), { recursive: true });
});

function engine(restore?: RestoreCommands): DatabaseBackup {
  const { url, data } = server;
  return postgresBackup({ url, data, folder, clock: systemClock, exec: run, restore });
}

/** Writes what only the data of now has, and returns a run that puts the backup in its place. */
async function newRun(): Promise<{ readonly run: string; readonly timeline: number }> {
  runs += 1;
  await query(server.url, `insert into letters (body) values ('after the backup ${runs}')`);
  return { run: `run-${runs}`, timeline: await timelineNow() };
}

async function timelineNow(): Promise<number> {
  const [row] = await query<{ timeline: number }>(
    server.url,
    'select timeline_id as timeline from pg_control_checkpoint()',
  );
  return row?.timeline ?? 0;
}

const beside = async (): Promise<readonly string[]> =>
  (await readdir(dirname(server.data))).filter((name) => name !== 'data').sort();

async function perform(
  steps: readonly RestoreStep[],
  until?: RestoreStep['name'],
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const step of steps) {
    lines.push((await step.found()) ?? (await step.perform(signal)));
    if (step.name === until) break;
  }
  return lines;
}

/** The backup serves, replaced once; the safety copy holds the newer data and can serve; nothing else lies about. */
async function expectReplaced(name: string, timeline: number): Promise<void> {
  const rows = await query(server.url, 'select count(*)::int as letters from letters');
  expect(rows).toEqual([{ letters: 500 }]);
  expect(await timelineNow()).toBe(timeline + 1);
  expect(await readFile(join(server.data, 'postgresql.auto.conf'), 'utf8')).toBe(settings);
  expect(await beside()).toEqual([`data.before-${name}`]);
  const safety = `${server.data}.before-${name}`;
  const second = await startServer(server.binaries, { data: safety, within: 60_000 }, run);
  try {
    const at = server.url.replace(`:${server.port}/`, `:${second.port}/`);
    const kept = await query(at, 'select body from letters order by id desc limit 1');
    expect(kept).toEqual([{ body: `after the backup ${runs}` }]);
  } finally {
    await stopServer(server.binaries, safety, 10_000, run);
  }
}

describe('a restore in place', () => {
  test('serves the backup again at the same port, with the same options and settings', async () => {
    const { run: name, timeline } = await newRun();
    const options = await readFile(join(server.data, 'postmaster.opts'), 'utf8');
    expect(options).not.toContain('"-p"');
    const before = await stat(server.data);
    const lines = await perform(await backups.restoring(taken.id, runId(name)));
    expect(lines).toEqual([
      expect.stringMatching(/^\d+ files, .* compared with their digests/),
      `stopped the server of ${server.data}`,
      expect.stringContaining(`what was there before is ${server.data}.before-${name}`),
      expect.stringContaining(`on port ${server.port}`),
      expect.stringMatching(/^1 tables with 500 rows are as in the backup at .*, 1 of them row by row$/),
    ]);
    const { uid, gid, mode } = await stat(server.data);
    expect({ uid, gid, mode: mode & 0o777 }).toEqual({ uid: before.uid, gid: before.gid, mode: 0o700 });
    expect((await stat(join(server.data, 'PG_VERSION'))).mode & 0o777).toBe(0o600);
    const again = await readFile(join(server.data, 'postmaster.opts'), 'utf8');
    expect(again).toBe(options.trimEnd().concat(` "-p" "${server.port}"\n`));
    await expectReplaced(name, timeline);
  });

  test('ends at the consistency point, on a new timeline, which the archive takes', async () => {
    await query(server.url, 'select pg_switch_wal()');
    const archived = `select archived_count::int as archived, failed_count::int as failed from pg_stat_archiver`;
    await expect
      .poll(() => query(server.url, archived), { timeout: 20_000, interval: 50 })
      .toEqual([{ archived: expect.toSatisfy((count: number) => count >= 2), failed: 0 }]);
    const timeline = await timelineNow();
    const history = `${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`;
    expect(await readdir(archive)).toContain(history);
    const [last] = (await readFile(join(archive, history), 'utf8')).trim().split('\n').slice(-1);
    expect(last?.split('\t')[1]).toBe(taken.consistencyPoint.lsn);
  });

  test('done twice, the second time does nothing', async () => {
    const { run: name, timeline } = await newRun();
    await perform(await backups.restoring(taken.id, runId(name)));
    const { pid } = (await runningServer(server.data)) ?? {};
    const again = await backups.restoring(taken.id, runId(name));
    for (const step of again) await step.perform(signal);
    expect((await runningServer(server.data))?.pid).toBe(pid);
    await expectReplaced(name, timeline);
  });

  test('uses the configured commands, and says what one of them said that failed', async () => {
    const { run: name, timeline } = await newRun();
    const calls = join(folder, 'calls');
    const script = (args: string): readonly string[] => {
      const as = process.getuid?.() === 0 ? 'setpriv --reuid=65534 --regid=65534 --clear-groups ' : '';
      const ctl = `${as}${server.binaries.pgCtl} ${args} -D ${server.data} -l ${server.data}/log/own.log`;
      return [
        'sh',
        '-c',
        `echo ${args} >> calls; mkdir -p ${server.data}/log; chmod 777 ${server.data}/log; ${ctl}`,
      ];
    };
    const broken = engine({ stop: ['sh', '-c', 'echo not now >&2; exit 3'], folder });
    await expect(perform(await broken.restoring(taken.id, runId(name)))).rejects.toMatchObject({
      code: 'command-failed',
      details: ['not now'],
      next: expect.stringContaining('database.restore.stop'),
    });
    expect(await query(server.url, 'select count(*)::int as n from letters')).toEqual([{ n: 501 }]);
    const own = engine({ stop: script('stop'), start: script('start'), folder });
    const lines = await perform(await own.restoring(taken.id, runId(name)));
    expect(lines[1]).toContain('pg_ctl stop');
    expect(await readFile(calls, 'utf8')).toBe('stop\nstart\n');
    await rm(calls);
    await expectReplaced(name, timeline);
  });
});

describe('before the server is stopped', () => {
  test('a flipped bit is found, and nothing has happened', async () => {
    const { run: name } = await newRun();
    const path = await relationFile(server.url, 'letters');
    const damaged = join(folder, taken.id, 'files', path);
    const { pid } = (await runningServer(server.data)) ?? {};
    await flipBit(damaged, 9_000);
    try {
      await expect(perform(await backups.restoring(taken.id, runId(name)))).rejects.toMatchObject({
        code: 'tampered',
        details: [`${path}: content differs`],
      });
    } finally {
      await flipBit(damaged, 9_000);
    }
    expect((await runningServer(server.data))?.pid).toBe(pid);
    expect(await beside()).toEqual([]);
  });

  test('a restore that is cancelled leaves nothing', async () => {
    const { run: name } = await newRun();
    const [layBeside] = await backups.restoring(taken.id, runId(name));
    const cancel = new AbortController();
    const cancelled = layBeside?.perform(cancel.signal);
    await expect.poll(beside, { interval: 1 }).toEqual([`data.restored-${name}.partial`]);
    cancel.abort(new DOMException('cancelled', 'AbortError'));
    await expect(cancelled).rejects.toThrow('cancelled');
    expect(await beside()).toEqual([]);
  });

  test('nothing is moved while a server works on it', async () => {
    const { run: name } = await newRun();
    const steps = await backups.restoring(taken.id, runId(name));
    await perform(steps, 'lay-beside');
    const swap = steps.find((step) => step.name === 'swap');
    await expect(swap?.perform(signal)).rejects.toMatchObject({ code: 'conflict' });
    expect(await beside()).toEqual([`data.restored-${name}`]);
  });
});

test('a server that does not come up says why, and how the old data is put back', async () => {
  const { run: name, timeline } = await newRun();
  const steps = await backups.restoring(taken.id, runId(name));
  await perform(steps, 'swap');
  const path = join(server.data, 'postgresql.auto.conf');
  const text = await readFile(path, 'utf8');
  await writeFile(path, `${text}shared_preload_libraries = 'no_such_library'\n`);
  const safety = `${server.data}.before-${name}`;
  await expect(perform(await backups.restoring(taken.id, runId(name)))).rejects.toMatchObject({
    code: 'command-failed',
    details: expect.arrayContaining([expect.stringContaining('no_such_library')]),
    next: expect.stringContaining(`mv ${safety} ${server.data} && `),
  });
  await writeFile(path, text);
  await perform(await backups.restoring(taken.id, runId(name)));
  await expectReplaced(name, timeline);
});

test('a data directory that somebody made anew meanwhile is in the way, and an empty one is not', async () => {
  const { run: name, timeline } = await newRun();
  await perform(await backups.restoring(taken.id, runId(name)), 'stop-server');
  await rename(server.data, `${server.data}.before-${name}`);
  await mkdir(join(server.data, 'base'), { recursive: true });
  await expect(perform(await backups.restoring(taken.id, runId(name)))).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('anew'),
  });
  await rm(join(server.data, 'base'), { recursive: true });
  await perform(await backups.restoring(taken.id, runId(name)));
  await expectReplaced(name, timeline);
});

describe('killed anywhere', () => {
  const restoreIn = async (name: string, death: Partial<Restoring> = {}): Promise<string | undefined> => {
    const { url, data } = server;
    const given = { url, data, folder, id: taken.id, run: name, ...death } satisfies Restoring;
    const args = [join(import.meta.dirname, 'restoring.fixture.ts'), JSON.stringify(given)];
    const ended = await run({ program: process.execPath, args }, { timeout: 120_000 });
    expect(ended).toMatchObject({ stderr: '' });
    if (ended.signal === undefined) expect(ended).toMatchObject({ exitCode: 0 });
    return ended.signal ?? ended.stdout.trim();
  };

  /** Kills one process as given, and a second one too; the third goes on to the end. */
  const survives = async (...deaths: readonly Partial<Restoring>[]): Promise<void> => {
    const { run: name, timeline } = await newRun();
    for (const death of deaths) await restoreIn(name, death);
    expect(await restoreIn(name)).toMatch(/^\d+$/);
    await expectReplaced(name, timeline);
    await rm(`${server.data}.before-${name}`, { recursive: true });
  };

  test('in the middle of any step, by time', { timeout: 300_000 }, async () => {
    for (const step of ['lay-beside', 'stop-server', 'swap', 'start-server', 'compare']) {
      for (const after of [0, 40]) await survives({ dieInStep: { step, after } });
    }
  });

  test('at each of its last changes: notes, stop, two renames, start, settings', {
    timeout: 300_000,
  }, async () => {
    const { run: name, timeline } = await newRun();
    const all = Number(await restoreIn(name));
    await expectReplaced(name, timeline);
    await rm(`${server.data}.before-${name}`, { recursive: true });
    for (let effect = all - 14; effect <= all; effect += 1) await survives({ dieAtEffect: effect });
  });

  test('and killed again while it goes on', { timeout: 300_000 }, async () => {
    const death = fc.oneof(
      fc.record({ dieAtEffect: fc.integer({ min: 1, max: 900 }) }),
      fc.record({
        dieInStep: fc.record({
          step: fc.constantFrom('lay-beside', 'stop-server', 'swap', 'start-server', 'compare'),
          after: fc.integer({ min: 0, max: 250 }),
        }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(death, death, async (first, second) => survives(first, second)),
      { numRuns: long ? 40 : 5, endOnFailure: true },
    );
  });
});

describe('what cannot be replaced like this is refused before anything is touched', () => {
  let place = '';
  let data = '';
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'holdpoint-refused-'));
    data = join(place, 'data');
    for (const name of ['global', 'pg_wal']) await mkdir(join(data, name), { recursive: true });
    await copyFile(join(server.data, 'global/pg_control'), join(data, 'global/pg_control'));
  });
  afterAll(() => rm(place, { recursive: true, force: true }));

  const refused = async (change: (manifest: string) => string, message: RegExp): Promise<void> => {
    const path = join(folder, taken.id, 'manifest.json');
    const manifest = await readFile(path, 'utf8');
    await writeFile(path, change(manifest));
    try {
      const own = postgresBackup({ url: server.url, data, folder, clock: systemClock, exec: run });
      await expect(own.restoring(taken.id, runId('refused'))).rejects.toMatchObject({
        code: 'configuration',
        message: expect.stringMatching(message),
        next: expect.any(String),
      });
      expect(await readdir(place)).toEqual([basename(data)]);
    } finally {
      await writeFile(path, manifest);
    }
  };

  test('the backup of another server', () =>
    refused((text) => text.replace(/("systemIdentifier": ")\d+/, '$11'), /of another server/));

  test('a tablespace elsewhere', () =>
    refused(
      (text) => text.replace('"tablespaces": []', '"tablespaces": [{ "oid": "9", "location": "/disk2" }]'),
      /not all of .* lies inside it/,
    ));

  test('a log on another disk', async () => {
    await rm(join(data, 'pg_wal'), { recursive: true });
    await symlink('/disk2/wal', join(data, 'pg_wal'));
    await refused((text) => text, /not all of .* lies inside it/);
    await rm(join(data, 'pg_wal'));
    await mkdir(join(data, 'pg_wal'));
  });

  test('a disk without room', () =>
    refused((text) => text.replace(/\n "bytes": \d+/, '\n "bytes": 900000000000000'), /no room/));

  test('a server that works elsewhere, as one in a container does', () =>
    refused((text) => text, /answers from another server/));

  test('a data directory that is none', async () => {
    const own = postgresBackup({ url: server.url, data: place, folder, clock: systemClock, exec: run });
    await expect(own.restoring(taken.id, runId('none'))).rejects.toMatchObject({ code: 'configuration' });
    await expect(backups.restoring(taken.id, runId('../odd'))).rejects.toMatchObject({ code: 'usage' });
    await expect(backups.restoring('absent', runId('none'))).rejects.toMatchObject({ code: 'not-found' });
  });
});

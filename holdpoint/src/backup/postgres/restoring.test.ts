import {
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
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';
import { runningServer } from '../../system/postgres/postmaster.ts';
import type { RestoreCommands } from '../../system/postgres/process-control.ts';
import type { TemporaryServer } from '../../system/postgres/temporary-server.ts';
import type { Backup, DatabaseBackup, RestoreStep } from '../backup.ts';
import { flipBit, relationFile } from './damage.fixture.ts';
import { postgresBackup } from './engine.ts';
import { openRestoreStage, query, type RestoreStage } from './restoring-stage.fixture.ts';

const { signal } = new AbortController();
let stage: RestoreStage;
let server: TemporaryServer;
let folder = '';
let taken: Backup;
let backups: DatabaseBackup;
const newRun = () => stage.newRun();
const beside = () => stage.beside();

beforeAll(async () => {
  stage = await openRestoreStage();
  ({ server, folder, taken } = stage);
  backups = engine();
});
afterEach(() => stage.clear());
afterAll(() => stage?.remove());

function engine(restore?: RestoreCommands): DatabaseBackup {
  const { url, data } = server;
  return postgresBackup({ url, data, folder, clock: systemClock, exec: run, restore });
}

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
    await stage.expectReplaced(name, timeline);
  });

  test('ends at the consistency point, on a new timeline, which the archive takes', async () => {
    const { run: name } = await newRun();
    await perform(await backups.restoring(taken.id, runId(name)));
    await query(server.url, 'select pg_switch_wal()');
    const archived = `select archived_count::int as archived, failed_count::int as failed from pg_stat_archiver`;
    await expect
      .poll(() => query(server.url, archived), { timeout: 20_000, interval: 50 })
      .toEqual([{ archived: expect.toSatisfy((count: number) => count >= 2), failed: 0 }]);
    const timeline = await stage.timelineNow();
    const history = `${timeline.toString(16).toUpperCase().padStart(8, '0')}.history`;
    expect(await readdir(stage.archive)).toContain(history);
    const [last] = (await readFile(join(stage.archive, history), 'utf8')).trim().split('\n').slice(-1);
    expect(last?.split('\t')[1]).toBe(taken.consistencyPoint.lsn);
  });

  test('is backed up, proven and restored in its turn, and the first backup once more', async () => {
    const { run: name, timeline } = await newRun();
    await perform(await backups.restoring(taken.id, runId(name)));
    await query(server.url, `insert into letters (body) values ('a second life')`);
    const second = await backups.create(runId(`${name}-second`));
    expect((await backups.prove(second.id)).evidence).toMatchObject({ verdict: 'pass' });
    await query(server.url, 'delete from letters');
    await perform(await backups.restoring(second.id, runId(`${name}-second`)));
    expect(await query(server.url, 'select count(*)::int as n from letters')).toEqual([{ n: 501 }]);
    await perform(await backups.restoring(taken.id, runId(`${name}-third`)));
    expect(await query(server.url, 'select count(*)::int as n from letters')).toEqual([{ n: 500 }]);
    expect(await stage.timelineNow()).toBe(timeline + 3);
  });

  test('done twice, the second time does nothing', async () => {
    const { run: name, timeline } = await newRun();
    await perform(await backups.restoring(taken.id, runId(name)));
    const { pid } = (await runningServer(server.data)) ?? {};
    const again = await backups.restoring(taken.id, runId(name));
    for (const step of again) await step.perform(signal);
    expect((await runningServer(server.data))?.pid).toBe(pid);
    await stage.expectReplaced(name, timeline);
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
    await stage.expectReplaced(name, timeline);
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
  await stage.expectReplaced(name, timeline);
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
  await stage.expectReplaced(name, timeline);
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

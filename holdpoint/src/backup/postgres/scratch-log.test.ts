import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';
import { withSession } from '../../system/postgres/connection.ts';
import { runningServer } from '../../system/postgres/postmaster.ts';
import { startTemporaryServer, type TemporaryServer } from '../../system/postgres/temporary-server.ts';
import type { DatabaseBackup } from '../backup.ts';
import { postgresBackup } from './engine.ts';

let server: TemporaryServer;
let room = '';
let id = '';
let backups: DatabaseBackup;
const scratch = (): string => join(room, 'scratch');

beforeAll(async () => {
  server = await startTemporaryServer(run);
  room = await mkdtemp(join(tmpdir(), 'holdpoint-last-words-'));
  await chmod(room, 0o711);
  const folders = { folder: join(room, 'backups'), scratch: scratch() };
  backups = postgresBackup({
    ...{ url: server.url, data: server.data, ...folders, clock: systemClock, exec: run },
  });
  ({ id } = await backups.create(runId('r1')));
});

afterAll(async () => {
  await server?.remove();
  if (room !== '') await rm(room, { recursive: true, force: true });
});

const query = (url: string, text: string) =>
  withSession(url, { statementTimeout: 10_000 }, (session) => session.query(text));

test('a restored server that dies leaves its last words, and names no log that is gone', async () => {
  const killing = backups.withRestored(id, async ({ url }) => {
    const [copy = ''] = await readdir(scratch());
    const running = await runningServer(join(scratch(), copy, 'data'));
    process.kill(running?.pid ?? 0, 'SIGKILL');
    await expect
      .poll(() => runningServer(join(scratch(), copy, 'data')), { timeout: 10_000 })
      .toBe(undefined);
    await query(url, 'select 1');
  });
  await expect(killing).rejects.toMatchObject({
    code: 'unreachable',
    message: 'the restored server died while it was used',
    details: expect.arrayContaining([expect.stringContaining('ready to accept connections')]),
    next: expect.not.stringContaining('server.log'),
  });
  expect(await readdir(scratch())).toEqual([]);
});

test('what the user of a living copy throws passes through as it is', async () => {
  const thrown = new Error('no such row');
  await expect(backups.withRestored(id, () => Promise.reject(thrown))).rejects.toBe(thrown);
});

test('a restored server that does not start leaves its last words, thrown and as evidence', async () => {
  const path = join(room, 'backups', id, 'manifest.json');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.replace(/"max_connections": "\d+"/, '"max_connections": "many"'));
  const words = expect.arrayContaining([expect.stringContaining('max_connections')]);
  await expect(backups.withRestored(id, async () => undefined)).rejects.toMatchObject({
    code: 'command-failed',
    details: words,
    next: expect.not.stringContaining('server.log'),
  });
  expect((await backups.prove(id)).evidence).toMatchObject({
    verdict: 'fail',
    summary: 'the restored copy does not start',
    details: words,
  });
  expect(await readdir(scratch())).toEqual([]);
});

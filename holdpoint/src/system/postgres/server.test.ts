import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../exec/run.ts';
import { withSession } from './connection.ts';
import { isAlive, parsePostmaster, runningServer } from './postmaster.ts';
import { startServer, stopServer } from './server.ts';
import { startTemporaryServer, type TemporaryServer } from './temporary-server.ts';

let server: TemporaryServer;
const quick = { statementTimeout: 10_000 };

beforeAll(async () => {
  server = await startTemporaryServer(run);
});
afterAll(() => server?.remove());

const start = (more: { port?: number; settings?: Record<string, string> } = {}) =>
  startServer(server.binaries, { data: server.data, within: 30_000, ...more }, run);

const urlAt = (port: number): string => server.url.replace(`:${server.port}/`, `:${port}/`);

async function vanished(pid: number): Promise<void> {
  await expect.poll(() => isAlive(pid), { timeout: 10_000, interval: 20 }).toBe(false);
}

test('a server is entered with its password only, and its pages have checksums', async () => {
  await start({ port: server.port });
  const [row] = await withSession(server.url, quick, (session) =>
    session.query<{ data_checksums: string }>('show data_checksums'),
  );
  expect(row?.data_checksums).toBe('on');
  const wrong = server.url.replace(/:[^:@]+@/, ':wrong@');
  const refused = withSession(wrong, quick, (session) => session.query('select 1'));
  await expect(refused).rejects.toMatchObject({ code: 'unreachable' });
  await expect(refused).rejects.not.toThrow(/wrong/);
});

test('a server that runs already is adopted, also by two at once, and stopping twice is no error', async () => {
  await stopServer(server.binaries, server.data, 10_000, run);
  expect(await stopServer(server.binaries, server.data, 10_000, run)).toBe(false);
  const both = await Promise.all([start(), start()]);
  expect(new Set(both.map(({ pid }) => pid)).size).toBe(1);
  expect(await start()).toMatchObject({ adopted: true, pid: both[0].pid, port: both[0].port });
  expect(await stopServer(server.binaries, server.data, 10_000, run)).toBe(true);
  await vanished(both[0].pid);
});

test('after a killed server a new one starts, with the rows that were committed', async () => {
  const first = await start({ settings: { synchronous_commit: 'on' } });
  await withSession(urlAt(first.port), quick, (session) =>
    session.query('create table kept as select 42 as answer'),
  );
  process.kill(first.pid, 'SIGKILL');
  await vanished(first.pid);
  expect(await runningServer(server.data)).toBeUndefined();
  const second = await start();
  expect(second).toMatchObject({ adopted: false });
  const rows = await withSession(urlAt(second.port), quick, (session) =>
    session.query('select answer from kept'),
  );
  expect(rows).toEqual([{ answer: 42 }]);
});

test('a left-over file whose number went to another process does not keep a server from starting', async () => {
  await start();
  const path = join(server.data, 'postmaster.pid');
  const text = await readFile(path, 'utf8');
  await stopServer(server.binaries, server.data, 10_000, run);
  await writeFile(path, text.replace(/^\d+/, String(process.pid)));
  expect(await runningServer(server.data)).toBeUndefined();
  expect(await start()).toMatchObject({ adopted: false });
});

test('a server that cannot start says why, in the words of its log', async () => {
  await stopServer(server.binaries, server.data, 10_000, run);
  await expect(start({ settings: { shared_preload_libraries: 'no_such_library' } })).rejects.toMatchObject({
    code: 'command-failed',
    details: expect.arrayContaining([expect.stringContaining('no_such_library')]),
  });
});

test('a torn file of a server is read as none', () => {
  expect(parsePostmaster('')).toBeUndefined();
  expect(parsePostmaster('12\n')).toBeUndefined();
  expect(parsePostmaster('12\n/data\n1700000000\n5432\n\n127.0.0.1\n  1 2\nready   \n')).toEqual({
    pid: 12,
    data: '/data',
    port: 5432,
    socketFolder: '',
    ready: true,
  });
});

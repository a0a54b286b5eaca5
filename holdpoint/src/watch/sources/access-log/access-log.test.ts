import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digest, replicaId } from '../../../kernel/ids.ts';
import { systemClock } from '../../../system/clock.ts';
import type { Replica } from '../../../targets/target.ts';
import type { Objective } from '../../objective.ts';
import type { Source } from '../source.ts';
import { type AccessLogSettings, accessLog } from './access-log.ts';
import { combinedLine, jsonLines, KNOWN_FIELDS } from './line.ts';

const ERRORS: Objective = { id: 'errors', kind: 'errors', allowed: 0.01, services: undefined };
const LATENCY: Objective = {
  id: 'latency',
  kind: 'latency',
  series: 'unused',
  quantile: 0.95,
  limit: 500,
  services: undefined,
};
const CPU: Objective = { id: 'cpu', kind: 'cpu', limit: 0.7, services: undefined };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-access-log-'));
  path = join(folder, 'access.log');
  await writeFile(path, '');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (more: Partial<AccessLogSettings> = {}): Source =>
  accessLog({
    path,
    readLine: jsonLines(KNOWN_FIELDS),
    services: { backend: { probes: ['/health'] }, dashboard: { probes: [] } },
    except: ['/api/events'],
    objectives: [ERRORS, LATENCY, CPU],
    clock: systemClock,
    ...more,
  });
const replica = (name: string, version: string, port: number, more: Partial<Replica> = {}): Replica => ({
  id: replicaId(name),
  service: 'backend',
  revision: { version, digest: digest(version) },
  state: 'ready',
  address: `127.0.0.1:${port}`,
  routed: true,
  startedAt: 0,
  ...more,
});
const OLD = replica('old', '1.9.0', 41_001);
const FRESH = replica('fresh', '2.0.0', 41_002);

const log = (...lines: readonly object[]) =>
  appendFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
const plain = (status: number, rest = '') =>
  appendFile(
    path,
    `127.0.0.1 - - [23/Nov/2026:06:00:00 +0000] "GET / HTTP/1.1" ${status} 5 "-" "curl"${rest}\n`,
  );
async function look(source: Source, replicas: readonly Replica[]) {
  const samples = await source.look(replicas, {});
  return Object.fromEntries(
    samples.map(({ replica: id, answer }) => {
      if (answer.kind !== 'answer') return expect.fail(answer.reason);
      const counts = Object.entries(answer.readings).map(([name, reading]) =>
        reading.kind === 'counted' ? [name, [reading.events, reading.trials]] : [name, reading],
      );
      return [id, { ...Object.fromEntries(counts), notes: answer.notes }];
    }),
  );
}

test('what a client did not wait for, and what only machines or listeners asked, is no failure', async () => {
  const source = open();
  await look(source, [FRESH]);
  const upstream = '127.0.0.1:41002';
  await log(
    { status: 200, ms: 10, upstream, path: '/' },
    { status: 499, ms: 700, upstream, path: '/' },
    { status: 503, ms: 10, upstream, path: '/health' },
    { status: 200, ms: 60_000, upstream, path: '/api/events' },
    { status: 101, ms: 60_000, upstream, path: '/api/live' },
    { status: 502, ms: 10, upstream: '127.0.0.1:41009', path: '/' },
    { status: 502, ms: 10, upstream: null, path: '/' },
    { msg: 'listening' },
  );
  expect(await look(source, [FRESH])).toStrictEqual({
    fresh: { errors: [0, 3], latency: [1, 2], notes: [] },
  });
});

test('a request that a second replica answered is of the second', async () => {
  const source = open();
  await look(source, [OLD, FRESH]);
  await log({ status: 200, seconds: 0.1, upstream: '127.0.0.1:41002, 127.0.0.1:41001' });
  expect(await look(source, [OLD, FRESH])).toMatchObject({
    old: { errors: [0, 1] },
    fresh: { errors: [0, 0] },
  });
});

test('an address that went from one replica to another is nobody’s for a look', async () => {
  const source = open();
  await look(source, [OLD]);
  const heir = { ...FRESH, address: '127.0.0.1:41001' };
  await log({ status: 500, ms: 1, upstream: '127.0.0.1:41001' });
  const { fresh } = await look(source, [heir]);
  expect(fresh).toStrictEqual({ notes: [expect.stringMatching(/went from old to fresh/)] });
  await log({ status: 200, ms: 1, upstream: '127.0.0.1:41001' });
  expect((await look(source, [heir]))['fresh']).toMatchObject({ errors: [0, 1] });
});

test('a log without upstreams counts only while one version takes the traffic, and goes on from there', async () => {
  const source = open({
    readLine: combinedLine,
    services: { backend: { probes: [] } },
    objectives: [ERRORS, LATENCY],
  });
  await look(source, [OLD]);
  await plain(200);
  expect(await look(source, [OLD])).toStrictEqual({
    old: { errors: [0, 1], notes: ['the access log tells no durations'] },
  });
  await plain(500);
  for (const one of Object.values(await look(source, [OLD, FRESH]))) {
    expect(one).toStrictEqual({
      notes: [expect.stringMatching(/does not tell which replica answered/)],
    });
  }
  await plain(500);
  await plain(200, ' 0.900');
  const leaving = { ...OLD, routed: false, state: 'draining' as const };
  expect(await look(source, [leaving, FRESH])).toStrictEqual({
    old: { errors: [0, 1], latency: [0, 0], notes: [] },
    fresh: { errors: [1, 2], latency: [1, 1], notes: [] },
  });
});

test('a log without upstreams cannot tell services apart', async () => {
  const only: Objective = { ...ERRORS, services: ['backend'] };
  const source = open({ readLine: combinedLine, objectives: [only] });
  await look(source, [FRESH]);
  await plain(500);
  expect(await look(source, [FRESH])).toStrictEqual({
    fresh: { notes: [expect.stringMatching(/does not tell services apart/)] },
  });
});

test('lines that cannot be read are named, and a log without any status is told', async () => {
  const source = open();
  await look(source, [FRESH]);
  await appendFile(path, `nonsense\n${'z'.repeat(100_000)}\n`);
  expect((await look(source, [FRESH]))['fresh']?.notes).toStrictEqual([
    'lines of the access log cannot be read; they are not counted',
  ]);
  await log({ msg: 'a' }, { msg: 'b' });
  expect((await look(source, [FRESH]))['fresh']?.notes).toStrictEqual([
    'no line of the access log has a status',
  ]);
});

test('too few durations of the past give no cuts', async () => {
  await log(...Array.from({ length: 99 }, () => ({ status: 200, ms: 5, upstream: '127.0.0.1:41001' })));
  expect(await open().tails([OLD])).toStrictEqual({});
  await log({ status: 200, ms: 5, upstream: '127.0.0.1:41001' });
  expect(await open().tails([OLD])).toStrictEqual({ latency: [5] });
  expect(await open().tails([FRESH])).toStrictEqual({});
});

test('a cut that nothing was slower than is 0, also when it is asked for later', async () => {
  const source = open();
  await source.look([FRESH], {});
  await log({ status: 200, ms: 30, upstream: '127.0.0.1:41002' });
  const [sample] = await source.look([FRESH], { latency: [20, 40] });
  expect(sample?.answer).toMatchObject({ readings: { latency: { trials: 1, tails: [1, 0] } } });
});

test('a log that is not there is told with what to do', async () => {
  const source = open({ path: join(folder, 'none.log') });
  await expect(source.look([FRESH], {})).rejects.toMatchObject({
    code: 'evidence-missing',
    next: expect.stringMatching(/watch\.accessLog/),
  });
});

import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { digest, replicaId } from '../../../kernel/ids.ts';
import { systemClock } from '../../../system/clock.ts';
import { startDaemon } from '../../../system/exec/daemon.ts';
import { type ProcessIdentity, signal, waitForExit } from '../../../system/exec/processes.ts';
import { run } from '../../../system/exec/run.ts';
import type { Replica } from '../../../targets/target.ts';
import type { Objective } from '../../objective.ts';
import type { Source } from '../source.ts';
import { accessLog } from './access-log.ts';
import { combinedLine, jsonLines, KNOWN_FIELDS } from './line.ts';

const found = await run({ program: 'nginx', args: ['-v'] }, { timeout: 10_000 }).catch(() => undefined);
const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('nginx');
if (found === undefined && !required) console.log('skipped: there is no nginx on this machine');

const OBJECTIVES: readonly Objective[] = [
  { id: 'errors', kind: 'errors', allowed: 0.01, services: undefined },
  { id: 'latency', kind: 'latency', series: '', quantile: 0.95, limit: 150, services: undefined },
];

describe.runIf(found !== undefined || required)('what a real nginx logs', () => {
  let folder: string;
  let url: string;
  let nginx: ProcessIdentity;
  let upstreams: Server[];
  let replicas: readonly Replica[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-nginx-log-'));
    // Started by root, its workers are somebody else, and could not open the new log.
    await chmod(folder, 0o755);
    upstreams = await Promise.all([listening(), listening()]);
    replicas = upstreams.map((server, index) => ({
      id: replicaId(`backend-${index + 1}`),
      service: 'backend',
      revision: { version: '2.0.0', digest: digest('aa') },
      state: 'ready',
      address: addressOf(server),
      routed: true,
      startedAt: 0,
    }));
    const front = await listening();
    url = `http://${addressOf(front)}`;
    await closed(front);
    await mkdir(join(folder, 'temporary'));
    const file = join(folder, 'nginx.conf');
    await writeFile(file, configuration(folder, url.slice('http://'.length), upstreams.map(addressOf)));
    const environment = { PATH: process.env['PATH'] ?? '' };
    const args = ['-p', folder, '-c', file, '-e', join(folder, 'error.log')];
    nginx = await startDaemon({
      program: 'nginx',
      args,
      cwd: folder,
      environment,
      log: join(folder, 'output.log'),
    });
    await vi.waitFor(async () => expect((await fetch(`${url}/status`)).status).toBe(200), {
      timeout: 10_000,
    });
  });
  afterEach(async () => {
    await signal(nginx, 'SIGTERM', { group: true });
    await waitForExit(nginx, 5_000);
    await Promise.all(upstreams.map(closed));
    await rm(folder, { recursive: true, force: true });
  });

  const open = (name: string, readLine = jsonLines(KNOWN_FIELDS)): Source =>
    accessLog({
      path: join(folder, name),
      readLine,
      services: { backend: { probes: ['/health'] } },
      except: [],
      objectives: OBJECTIVES,
      clock: systemClock,
    });
  const look = async (source: Source) => {
    const samples = await source.look(replicas, {});
    return samples.map(({ answer }) =>
      answer.kind === 'answer'
        ? Object.fromEntries(
            Object.entries(answer.readings).map(([id, one]) => [
              id,
              one.kind === 'counted' ? [one.events, one.trials] : one,
            ]),
          )
        : answer.reason,
    );
  };
  const ask = async (path: string, version: 1 | 2, options: RequestInit = {}) => {
    const response = await fetch(`${url}${path}`, { ...options, headers: { 'x-replica': String(version) } });
    await response.text();
    return response.status;
  };
  /** nginx writes a line when the answer has been sent, which the client may see before. */
  const logged = async (name: string, lines: number) =>
    await vi.waitFor(
      async () => expect((await readFile(join(folder, name), 'utf8')).split('\n').length - 1).toBe(lines),
      { timeout: 10_000 },
    );

  test.each([
    ['json.log', jsonLines(KNOWN_FIELDS)],
    ['combined.log', combinedLine],
  ])(
    '%s: status, time and replica of each request, and a client that left is no failure',
    async (name, readLine) => {
      const source = open(name, readLine);
      await look(source);
      expect(await ask('/ok', 1)).toBe(200);
      expect(await ask('/fail?why=none', 2)).toBe(500);
      expect(await ask('/slow', 2)).toBe(200);
      expect(await ask('/health', 2)).toBe(200);
      const leaving = new AbortController();
      const left = ask('/hang', 1, { signal: leaving.signal });
      setTimeout(() => leaving.abort(), 200);
      await expect(left).rejects.toThrow();
      await logged(name, 5);
      expect(await look(source)).toStrictEqual([
        { errors: [0, 2], latency: [1, 2] },
        { errors: [1, 2], latency: [1, 2] },
      ]);
      expect(await readFile(join(folder, name), 'utf8')).toMatch(/\b499\b/);
    },
  );

  test('a replica that refuses is answered for by the next, and nobody is blamed for what nobody took', async () => {
    const source = open('json.log');
    await look(source);
    const [first, second] = upstreams;
    if (first !== undefined) await closed(first);
    expect(await ask('/ok', 1)).toBe(200);
    if (second !== undefined) await closed(second);
    expect(await ask('/ok', 1)).toBe(502);
    await logged('json.log', 2);
    const [refused, answered] = await look(source);
    expect(refused).toMatchObject({ errors: [0, 0] });
    expect(answered).toMatchObject({ errors: [1, 2] });
  });

  test('combined alone counts for the one version that serves, and tells no durations', async () => {
    const source = open('plain.log', combinedLine);
    await look(source);
    await ask('/ok', 1);
    await ask('/fail', 2);
    await logged('plain.log', 2);
    expect(await look(source)).toStrictEqual([{ errors: [1, 2] }, { errors: [0, 0] }]);
  });

  test('a rotation under load loses no line', async () => {
    const source = open('json.log');
    await look(source);
    let asked = 0;
    const rotating = new AbortController();
    const load = (async () => {
      while (!rotating.signal.aborted) {
        await ask('/ok', 1);
        asked += 1;
      }
    })();
    for (const turn of [1, 2, 3]) {
      await vi.waitFor(() => expect(asked).toBeGreaterThan(turn * 20), { timeout: 20_000 });
      await rename(join(folder, 'json.log'), join(folder, `json.log.${turn}`));
      await look(source);
      const pid = Number(await readFile(join(folder, 'nginx.pid'), 'utf8'));
      process.kill(pid, 'SIGUSR1');
      await vi.waitFor(async () => readFile(join(folder, 'json.log')), { timeout: 10_000 });
      await look(source);
    }
    rotating.abort();
    await load;
    await vi.waitFor(
      async () => expect(await look(source)).toMatchObject([{ errors: [0, asked] }, { errors: [0, 0] }]),
      { timeout: 10_000 },
    );
  });
});

async function listening(): Promise<Server> {
  const server = createServer((request, response) => {
    if (request.url === '/hang') return;
    if (request.url?.startsWith('/fail')) response.statusCode = 500;
    setTimeout(() => response.end('done'), request.url === '/slow' ? 200 : 0);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
}

const addressOf = (server: Server): string => `127.0.0.1:${(server.address() as AddressInfo).port}`;

const configuration = (folder: string, listen: string, [first, second]: readonly string[]): string => `
daemon off;
pid ${folder}/nginx.pid;
worker_processes 2;
events { worker_connections 256; }
http {
  log_format json escape=json '{"path":"$uri","status":$status,"upstream":"$upstream_addr","seconds":$request_time}';
  log_format more '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time $upstream_addr';
  client_body_temp_path ${folder}/temporary/body;
  proxy_temp_path ${folder}/temporary/proxy;
  fastcgi_temp_path ${folder}/temporary/fastcgi;
  uwsgi_temp_path ${folder}/temporary/uwsgi;
  scgi_temp_path ${folder}/temporary/scgi;
  upstream one { server ${first} max_fails=0; server ${second} backup; }
  upstream two { server ${second}; }
  map $http_x_replica $group { 1 one; default two; }
  server {
    listen ${listen};
    access_log ${folder}/json.log json;
    access_log ${folder}/combined.log more;
    access_log ${folder}/plain.log combined;
    location = /status { access_log off; return 200; }
    location / { proxy_pass http://$group; proxy_next_upstream error timeout; }
  }
}
`;

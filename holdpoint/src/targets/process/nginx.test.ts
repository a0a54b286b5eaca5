import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDaemon } from '../../system/exec/daemon.ts';
import { type ProcessIdentity, signal, waitForExit } from '../../system/exec/processes.ts';
import { run } from '../../system/exec/run.ts';
import { freePort } from '../../system/free-port.ts';
import { writeUpstreams } from '../edge/upstreams.ts';
import { rollTo, statusesWhile } from '../rolling/rolling.fixture.ts';
import { type Machine, makeMachine, service } from './fixtures/machine.ts';

const found = await run({ program: 'nginx', args: ['-v'] }, { timeout: 10_000 }).catch(() => undefined);
const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('nginx');
if (found === undefined && !required) console.log('skipped: there is no nginx on this machine');

describe.runIf(found !== undefined || required)('with a real nginx as the edge', () => {
  let machine: Machine;
  let nginx: ProcessIdentity;
  let url: string;
  let reload: readonly string[];

  beforeEach(async () => {
    machine = await makeMachine();
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const folder = join(machine.folder, 'nginx');
    await mkdir(folder);
    const none = { generation: 0, services: { backend: [] } };
    await writeFile(join(folder, 'upstreams.conf'), writeUpstreams('nginx', none));
    await writeFile(join(folder, 'nginx.conf'), configuration(folder, port));
    const start = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log')];
    reload = ['nginx', ...start, '-s', 'reload'];
    const environment = { PATH: process.env['PATH'] ?? '' };
    const log = join(folder, 'output.log');
    nginx = await startDaemon({ program: 'nginx', args: start, cwd: folder, environment, log });
    await vi.waitFor(async () => expect((await fetch(`${url}/status`)).status).toBe(200), {
      timeout: 10_000,
    });
  });
  afterEach(async () => {
    await signal(nginx, 'SIGTERM', { group: true });
    await waitForExit(nginx, 5_000);
    await machine.close();
  });

  it('starts without replicas, follows each change, and loses no request while rolling', async () => {
    expect((await fetch(`${url}/`)).status).toBe(502);
    await machine.addRelease('1.9.0');
    await machine.addRelease('2.0.0');
    const target = machine.open({
      services: { backend: service() },
      edge: { upstreams: 'nginx/upstreams.conf', format: 'nginx', status: `${url}/status`, reload },
    });
    await rollTo(target, '1.9.0');
    const settled = await statusesWhile(
      () => rollTo(target, '2.0.0'),
      (number) => `${url}/work?ms=${number % 9}`,
    );
    expect(settled.filter((status) => status !== 200)).toEqual([]);
    expect(settled.length).toBeGreaterThan(20);
    const replicas = (await target.inspect()).replicas;
    expect(replicas.map(({ revision, routed }) => [revision.version, routed])).toEqual([
      ['2.0.0', true],
      ['2.0.0', true],
    ]);
  });
});

const configuration = (folder: string, port: number): string => `
daemon off;
pid ${folder}/nginx.pid;
worker_processes 1;
events { worker_connections 256; }
http {
  access_log off;
  # A reload closes idle connections at once, and a request that was just sent on one of them would be lost.
  keepalive_timeout 0;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  include ${folder}/upstreams.conf;
  server {
    listen 127.0.0.1:${port};
    location = /status { return 200 '{"generation":$holdpoint_generation}'; }
    location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`;

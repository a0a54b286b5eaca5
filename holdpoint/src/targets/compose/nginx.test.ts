import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { asHoldpointError } from '../../kernel/errors.ts';
import { engineRuns } from '../../system/docker/engine.fixture.ts';
import { run } from '../../system/exec/run.ts';
import { freePort } from '../../system/free-port.ts';
import { writeUpstreams } from '../edge/upstreams.ts';
import { rollTo, statusesWhile, statusOf } from '../rolling/rolling.fixture.ts';
import { lentFiles } from './fixtures/images.ts';
import { LIMIT, makeSite, type Site, service, versionsOf } from './fixtures/site.ts';

const found = await run({ program: 'nginx', args: ['-v'] }, { timeout: 10_000 }).catch(() => undefined);
const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('nginx');
if (found === undefined && !required) console.log('skipped: there is no nginx on this machine');
const runs = (await engineRuns()) && (found !== undefined || required);

describe.runIf(runs)('with nginx in a container of the same project as the edge', { timeout: LIMIT }, () => {
  let site: Site;
  let url: string;
  beforeAll(async () => {
    site = await makeSite();
  });
  afterAll(() => site?.close());
  beforeEach(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await rm(join(site.folder, 'edge'), { recursive: true, force: true });
    await mkdir(join(site.folder, 'edge'));
    await writeFile(join(site.folder, 'edge', 'nginx.conf'), CONFIGURATION);
    await site.addRelease('1.9.0');
    await site.addRelease('2.0.0');
    const program = (await run({ program: 'which', args: ['nginx'] }, { timeout: 10_000 })).stdout.trim();
    const front = {
      // Anything with a root folder: the program is lent.
      image: site.reference('worker', '1.9.0'),
      command: ['/nginx', '-c', '/edge/nginx.conf', '-e', '/dev/stderr'],
      volumes: [
        ...(await lentFiles(program, '/nginx')),
        '/etc/passwd:/etc/passwd:ro',
        '/etc/group:/etc/group:ro',
        './edge:/edge:ro',
      ],
      ports: [`127.0.0.1:${port}:80`],
      stop_signal: 'SIGQUIT',
    };
    await site.writeFiles({ worker: undefined, front });
  });
  afterEach(() => site.clear());
  const settings = (more: Readonly<Record<string, unknown>> = {}) => ({
    services: { backend: service({ replicas: 2 }), ...more },
    edge: {
      upstreams: 'edge/upstreams.conf',
      format: 'nginx',
      status: `${url}/status`,
      service: 'front',
      reload: ['/nginx', '-c', '/edge/nginx.conf', '-e', '/dev/stderr', '-s', 'reload'],
    },
  });

  it('that is left alone, no request is lost while it is told of each replica', async () => {
    const target = await site.open(settings());
    await writeFile(
      join(site.folder, 'edge', 'upstreams.conf'),
      writeUpstreams('nginx', { generation: 0, services: { backend: [] } }),
    );
    await site.compose('1.9.0', 'up', '-d', '--no-deps', 'front');
    await vi.waitFor(async () => expect((await fetch(`${url}/status`)).status).toBe(200), {
      timeout: 120_000,
    });
    await rollTo(target, '1.9.0');
    const settled = await statusesWhile(
      () => rollTo(target, '2.0.0'),
      (number) => `${url}/work?ms=${number % 300}`,
    );
    expect(settled.filter((status) => status !== 200)).toEqual([]);
    expect(settled.length).toBeGreaterThan(50);
    expect(await versionsOf(target)).toEqual([
      ['backend', '2.0.0', 'ready', true],
      ['backend', '2.0.0', 'ready', true],
    ]);
  });

  it('that does not run, and is left alone, is named with the command that starts it', async () => {
    const target = await site.open(settings());
    const error = await rollTo(target, '1.9.0').then(
      () => expect.fail('it should have failed'),
      asHoldpointError,
    );
    expect(error).toMatchObject({
      code: 'conflict',
      message: "the edge 'front' does not run, and a release leaves it alone",
      next: expect.stringMatching(/-f docker-compose\.yml up -d front$/),
    });
    // Taking away needs no edge.
    for (const step of target.halt(await target.inspect())) {
      await target.perform(step, { fence: 1, signal: new AbortController().signal });
    }
    expect(await versionsOf(target)).toEqual([]);
  });

  it('that is released with the others, comes up last and then sends traffic', async () => {
    const target = await site.open(
      settings({ front: service({ routed: false, port: undefined, ready: undefined }) }),
    );
    const steps = await rollTo(target, '1.9.0');
    expect(steps.at(-1)).toMatch(/^front\/await-ready\//);
    await vi.waitFor(async () => expect(await statusOf(`${url}/work`)).toBe(200), { timeout: 120_000 });
    expect((await versionsOf(target)).filter(([name]) => name === 'backend')).toEqual([
      ['backend', '1.9.0', 'ready', true],
      ['backend', '1.9.0', 'ready', true],
    ]);
    expect((await rollTo(target, '2.0.0')).filter((name) => name.startsWith('front/'))).toEqual([
      expect.stringMatching(/^front\/keep\//),
    ]);
    expect(await statusOf(`${url}/work`)).toBe(200);
  });
});

const CONFIGURATION = `
daemon off;
user root;
pid /nginx.pid;
worker_processes 1;
events { worker_connections 256; }
http {
  access_log off;
  # A reload closes idle connections at once, and a request that was just sent on one of them would be lost.
  keepalive_timeout 0;
  client_body_temp_path /body;
  proxy_temp_path /proxy;
  fastcgi_temp_path /fastcgi;
  uwsgi_temp_path /uwsgi;
  scgi_temp_path /scgi;
  include /edge/upstreams.conf;
  server {
    listen 80;
    location = /status { return 200 '{"generation":$holdpoint_generation}'; }
    location / { proxy_pass http://backend; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`;

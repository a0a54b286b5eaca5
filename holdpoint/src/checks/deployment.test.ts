import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker, engineRuns, type Workshop, workshop } from '../system/docker/engine.fixture.ts';
import { run } from '../system/exec/run.ts';
import type { DeployedContainer } from '../targets/target.ts';
import type { Check, Subject } from './check.ts';
import { limits } from './configuration/limits.ts';
import { logging } from './configuration/logging.ts';
import { judgeEngine } from './infrastructure/engine-platform.ts';
import { network } from './infrastructure/network.ts';
import { platform } from './infrastructure/platform.ts';
import { volumes } from './infrastructure/volumes.ts';
import { look, NOW, probe, replica, service, subject, temporaryFolder } from './subject.fixture.ts';

const SMALL = ['--memory', '16m', '--cpus', '0.1', '--log-opt', 'max-size=1m'];

function deployment(
  containers: readonly Partial<DeployedContainer>[],
  parts: Parameters<typeof subject>[0] = {},
): Subject {
  const whole = containers.map((one) => ({ id: '', service: 'backend', ...one }));
  return subject({ target: 'compose', containers: () => Promise.resolve(whole), ...parts });
}

describe('an engine on another machine', () => {
  const engine = {
    machine: 'far',
    version: '28.0',
    folder: '/var/lib/docker',
    memory: 4e9,
    processors: 2,
  };
  const far = { engine, disk: undefined, memory: undefined };

  it('is no pass by what cannot be seen, and may be too small by what can', () => {
    expect(judgeEngine({ disk: 1, memory: 1 }, far)).toMatchObject({
      verdict: 'inconclusive',
      summary: "engine 28.0 answers, but the free space of 'far' cannot be seen from here",
    });
    expect(judgeEngine({ disk: 1, memory: 8e9 }, far).verdict).toBe('fail');
  });
});

describe.runIf(await engineRuns())('the containers of a deployment, on a real engine', () => {
  let made: Workshop;
  let image: string;
  beforeAll(async () => {
    made = workshop();
    image = `${made.name}/any:1`;
    await made.image(image);
  });
  afterAll(() => made?.clear());
  const start = (...options: readonly string[]): Promise<string> => made.container(image, ...options);

  it('the engine answers and has room, or the room is told', async () => {
    const judge = (settings: Record<string, unknown>) => look(platform, deployment([], { settings }));
    expect((await judge({ disk: '1B', memory: '1B' })).summary).toMatch(
      /^engine \d+\.\d+.* disk and .* memory free$/,
    );
    expect((await judge({ disk: '900TB', memory: '1B' })).summary).toMatch(/ are free in \/.*, not 900 TB$/);
    expect((await judge({ disk: '1B', memory: '900TB' })).verdict).toBe('fail');
  });

  it('an engine that does not answer breaks the probe', async () => {
    const away = {
      ...probe(),
      exec: ((command, options) =>
        run({ ...command, environment: { DOCKER_HOST: 'tcp://127.0.0.1:1' } }, options)) as typeof run,
    };
    for (const check of [platform, limits, volumes] satisfies Check[]) {
      const of = deployment([], { settings: check === volumes ? { folders: [], volumes: ['x'] } : {} });
      await expect(look(check, of, away)).rejects.toMatchObject({ code: 'unreachable' });
    }
  });

  it('only who publishes the port of the public address may publish one', async () => {
    const backend = await start('--publish', '127.0.0.1::80');
    const edge = await start('--publish', '0.0.0.0::80');
    const port = /:(\d+)/.exec(await docker('port', edge, '80/tcp'))?.[1] ?? '';
    const of = (url: string, settings = {}) =>
      deployment([{ id: backend }, { id: edge, service: 'nginx' }], { url, settings });
    expect(await look(network, of(`http://127.0.0.1:${port}`))).toMatchObject({
      verdict: 'pass',
      summary: '1 of 2 containers publish nothing; from outside one reaches nginx',
    });
    const behind = await look(network, of('https://app.example.com'));
    expect(behind.verdict).toBe('fail');
    expect(behind.details?.[0]).toContain(` publishes 80/tcp at 0.0.0.0:${port}`);
    expect((await look(network, of('https://app.example.com', { open: ['nginx'] }))).verdict).toBe('pass');
  });

  it("a container with the host's network has all ports of the host", async () => {
    const id = await start('--network', 'host');
    expect((await look(network, deployment([{ id }]))).summary).toMatch(/ has the host's network/);
  });

  it('services behind the edge are in internal networks only, where that is asked for', async () => {
    const inside = `${made.name}-inside`;
    await docker('network', 'create', '--internal', inside);
    try {
      const [closed, open] = [await start('--network', inside), await start()];
      const judge = (id: string) => look(network, deployment([{ id }], { settings: { internal: true } }));
      expect((await judge(closed)).verdict).toBe('pass');
      expect((await judge(open)).summary).toMatch(/ is in bridge, which leads outside$/);
      await docker('container', 'rm', '--force', closed);
    } finally {
      await docker('network', 'rm', inside);
    }
  });

  it('nothing is said of ports while nothing runs', async () => {
    const id = await start();
    await docker('container', 'stop', '--time', '0', id);
    expect((await look(network, deployment([{ id }, { id: 'gone' }]))).verdict).toBe('inconclusive');
  });

  it('volumes are those that are named and those that containers have', async () => {
    const name = `${made.name}-data`;
    const id = await start('--volume', `${name}:/data`);
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'backups'));
    const judge = (settings: Record<string, unknown>) =>
      look(volumes, deployment([{ id }], { folder, settings: { free: '1B', ...settings } }));
    try {
      expect((await judge({ folders: [] })).summary).toMatch(/^1 volumes with .* free$/);
      expect((await judge({ folders: ['backups'] })).summary).toMatch(/^1 volumes with .*; 1 of 1 folders/);
      expect((await judge({ folders: [], volumes: [`${made.name}-no`] })).summary).toBe(
        `there is no volume ${made.name}-no`,
      );
      expect((await judge({ folders: [], free: '900TB' })).verdict).toBe('fail');
    } finally {
      await docker('container', 'rm', '--force', id);
      await docker('volume', 'rm', name);
    }
  });

  it('limits count as they are enforced, and those of other services too', async () => {
    const services = [service('backend', { limits: { memory: '16MB', cpu: '0.1' } })];
    const judge = (...containers: readonly Partial<DeployedContainer>[]) =>
      look(limits, deployment(containers, { services }));
    const [bound, loose] = [await start(...SMALL), await start()];
    expect(await judge({ id: bound, version: '2.0.0' }, { id: bound, service: 'redis' })).toMatchObject({
      verdict: 'pass',
      summary: expect.stringMatching(/^2 replicas may take 32\.8 MB of /),
    });
    expect((await judge({ id: loose, version: '2.0.0' })).details).toEqual([
      expect.stringMatching(/ runs without the memory limit that backend declares$/),
      expect.stringMatching(/ runs without the cpu limit that backend declares$/),
    ]);
    expect((await judge({ id: loose, version: '1.9.0' })).verdict).toBe('pass');
    expect((await judge({ id: loose, service: 'redis' })).details).toHaveLength(2);
  });

  it('a log file without an end is a fault', async () => {
    const [bound, loose, own] = [await start(...SMALL), await start(), await start('--log-driver', 'local')];
    const judge = (id: string) =>
      look(
        logging,
        deployment([{ id }], {
          world: { at: NOW, replicas: [replica('backend')] },
          logs: () => Promise.resolve(['{}']),
        }),
      );
    expect((await judge(bound)).verdict).toBe('pass');
    expect((await judge(own)).verdict).toBe('pass');
    expect((await judge(loose)).summary).toMatch(/grows without end: json-file without max-size$/);
  });
});

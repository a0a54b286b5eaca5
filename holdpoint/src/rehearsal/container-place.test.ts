import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../system/clock.ts';
import { docker, engineRuns, workshop } from '../system/docker/engine.fixture.ts';
import { run } from '../system/exec/run.ts';
import { http } from '../system/http.ts';
import { lentFiles } from '../targets/compose/fixtures/images.ts';
import { composeSettings } from '../targets/compose/settings.ts';
import { composeTarget } from '../targets/compose/target.ts';
import type { StandIn, Target } from '../targets/target.ts';
import { openContainerPlace } from './container-place.ts';
import { DECLARED, describePlaceContract, type Kind, PRODUCTION, SERVICE } from './place.contract.ts';
import type { Place } from './place.ts';

const here = await engineRuns();
const NONE: readonly StandIn[] = [];

/** A compose project of which nothing but its database is started: its services are tried. */
async function makeProject() {
  const shop = workshop();
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-place-'));
  await chmod(folder, 0o755);
  await writeFile(join(folder, 'service.mjs'), SERVICE);
  const image = `${shop.name}:2.0.0`;
  await shop.image(image);
  const volumes = [
    ...(await lentFiles(process.execPath, '/node')),
    `${join(folder, 'service.mjs')}:/service.mjs:ro`,
    'kept:/kept',
  ];
  const service = (kind: Kind) => ({
    image,
    volumes,
    command: kind === 'absent' ? ['/no-such-program'] : ['/node', '/service.mjs'],
    environment: { DATABASE_URL: PRODUCTION, PORT: '8080', HOST: '0.0.0.0', ...DECLARED[kind] },
    networks: { inner: { aliases: [`the-${kind}`] } },
    ports: kind === 'backend' ? ['127.0.0.1::8080'] : [],
    restart: 'always',
    stop_grace_period: '1s',
    depends_on: ['db'],
  });
  const kinds = Object.keys(DECLARED) as readonly Kind[];
  const services = {
    ...Object.fromEntries(kinds.map((kind) => [kind, service(kind)])),
    db: {
      image,
      volumes,
      command: ['/node', '-e', `require('node:net').createServer((s) => s.end('production')).listen(5432)`],
      networks: ['inner', 'outer'],
      stop_grace_period: '0s',
    },
  };
  const networks = { inner: { internal: true }, outer: {} };
  const file = join(folder, 'docker-compose.yml');
  await writeFile(file, JSON.stringify({ services, networks, volumes: { kept: {} } }));
  const compose = async (...args: readonly string[]): Promise<string> => {
    const words = ['--project-name', shop.name, ...args];
    const result = await run({ program: 'docker-compose', args: words, cwd: folder }, { timeout: 180_000 });
    if (result.exitCode !== 0) throw new Error(result.stderr);
    return result.stdout;
  };
  const settings = composeSettings.parse({
    kind: 'compose',
    project: shop.name,
    pull: 'never',
    services: Object.fromEntries(
      kinds.map((kind) => [kind, { port: 8080, routed: false, ready: '/ready', startWithin: '120s' }]),
    ),
  });
  const variables = { PATH: process.env['PATH'] };
  const state = join(folder, 'state');
  const target: Target = await composeTarget({
    settings,
    folder,
    state,
    variables,
    exec: run,
    http,
    clock: systemClock,
  });
  const all = (await target.standIns?.(await target.resolve('2.0.0'))) ?? NONE;
  return {
    image,
    target,
    compose,
    name: shop.name,
    standIns: (wanted: readonly Kind[]) =>
      wanted.flatMap((kind) => all.filter((standIn) => standIn.service === kind)),
    /** Containers that are tried, and networks of their own: of this process, since other suites may have some. */
    async left(pid: number | undefined = process.pid): Promise<readonly string[]> {
      const format = '{{.Name}} {{.Label "holdpoint.apart"}}';
      const made = await docker('network', 'ls', '--filter', 'label=holdpoint.apart', '--format', format);
      const names = made
        .split('\n')
        .filter((line) => line.includes(`"pid":${pid},`))
        .flatMap((line) => line.split(' ')[0] ?? []);
      const ids = await docker('container', 'ls', '--all', '--quiet', '--filter', `ancestor=${image}`);
      const format2 = '{{index .Config.Labels "com.docker.compose.service"}} {{.Name}}';
      const found = ids === '' ? '' : await docker('inspect', '--format', format2, ...ids.split('\n'));
      return [...names, ...found.split('\n').filter((line) => line !== '' && !line.startsWith('db '))];
    },
    async close() {
      await compose('down', '--volumes', '--timeout', '0');
      const pinned = await docker(
        'image',
        'ls',
        '--quiet',
        '--filter',
        `reference=holdpoint-pinned/${shop.name}*`,
      );
      if (pinned !== '') await docker('image', 'rm', '--force', ...new Set(pinned.split('\n')));
      await shop.clear().catch(() => undefined);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describe.runIf(here)('with a Docker Engine', () => {
  describePlaceContract('containers', async () => {
    const project = await makeProject();
    return {
      open: (kinds, databases, signal = new AbortController().signal) =>
        openContainerPlace({
          exec: run,
          standIns: project.standIns(kinds),
          databases,
          environment: {},
          signal,
        }),
      left: () => project.left(),
      close: () => project.close(),
    };
  });

  describe('a version that is tried in containers', () => {
    let project: Awaited<ReturnType<typeof makeProject>>;
    let place: Place | undefined;
    beforeAll(async () => {
      project = await makeProject();
      await project.compose('up', '--detach', 'db');
    }, 300_000);
    afterEach(async () => {
      await place?.close();
      place = undefined;
    }, 120_000);
    afterAll(() => project?.close(), 300_000);

    const open = async (...kinds: readonly Kind[]): Promise<Place> => {
      place = await openContainerPlace({
        exec: run,
        standIns: project.standIns(kinds),
        databases: { production: PRODUCTION, scratch: 'postgres://copy:de4dbeef@127.0.0.1:9/postgres' },
        environment: { WORD: 'over' },
        signal: new AbortController().signal,
      });
      return place;
    };
    const answers = (url: string) =>
      vi.waitFor(async () => (await fetch(url)).text(), { timeout: 60_000, interval: 50 });

    it('reaches its like by the names of production, and neither production nor the world', async () => {
      const { services, cutOff } = await open('worker', 'backend');
      expect(cutOff).toBe(true);
      let url = '';
      for (const one of services) url = await (await one.start()).reach();
      expect(JSON.parse(await answers(`${url}/environment`))).toMatchObject({ WORD: 'over' });
      const knock = async (at: string): Promise<string> => (await fetch(`${url}/knock?${at}`)).text();
      for (const name of ['worker', 'the-worker']) expect(await knock(`${name}:8080`)).toMatch(/^HTTP/);

      const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
      const addresses = await docker('inspect', '--format', format, `${project.name}_db_1`);
      const [known = '', ...others] = addresses.trim().split(' ');
      // It answers, else the others would prove nothing.
      expect(await heard(known, 5432)).toBe('production');
      for (const host of ['db', known, ...others, '192.0.2.1']) {
        expect({ host, said: await knock(`${host}:5432`) }).toEqual({
          host,
          said: expect.stringMatching(/^E/),
        });
      }
    }, 180_000);

    it('is no replica, publishes nothing, writes to no volume, and stays when its project is taken down', async () => {
      const [backend] = (await open('backend')).services;
      const started = await backend?.start();
      const format = '{{json .NetworkSettings.Ports}} {{range .Mounts}}{{.Destination}}={{.RW}} {{end}}';
      const [id = ''] = (await project.left()).filter((line) => line.startsWith('backend '));
      const facts = await docker('inspect', '--format', format, id.split(' /')[1] ?? '');
      expect(facts).not.toContain('HostPort');
      expect(facts).toContain('/kept=false');
      expect((await project.target.inspect()).replicas).toEqual([]);
      expect((await project.target.containers?.())?.map(({ service }) => service)).toEqual(['db']);
      await project.compose('down', '--remove-orphans', '--timeout', '0');
      expect(await started?.alive()).toBe(true);
      await place?.close();
      await project.compose('up', '--detach', 'db');
    }, 180_000);

    it('whose process is killed is removed by the next one', async () => {
      const script = `
        const { openContainerPlace } = await import(${JSON.stringify(join(import.meta.dirname, 'container-place.ts'))});
        const { run } = await import(${JSON.stringify(join(import.meta.dirname, '../system/exec/run.ts'))});
        const start = async (name, { network, environment }) => ({
          program: 'docker',
          args: ['run', '--detach', '--name', name, '--network', network,
            ...Object.entries(environment({})).flatMap(([key, value]) => ['--env', key + '=' + value]),
            ${JSON.stringify(project.image)}, '/bin/busybox', 'sleep', '600'],
        });
        const databases = { production: ${JSON.stringify(PRODUCTION)}, scratch: 'postgres://c:d@127.0.0.1:9/postgres' };
        const signal = new AbortController().signal;
        const standIns = [{ service: 'backend', startWithin: 1, routed: true, start }];
        const { services } = await openContainerPlace({ exec: run, standIns, databases, environment: {}, signal });
        await services[0].start();
        setInterval(() => undefined, 1000);`;
      const killed = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' });
      await expect.poll(() => project.left(killed.pid), { timeout: 120_000 }).toHaveLength(2);
      killed.kill('SIGKILL');
      await once(killed, 'exit');
      await (await open()).close();
      expect(await project.left(killed.pid)).toEqual([]);
    }, 180_000);
  });
});

/** What the one says who answers there. */
async function heard(host: string, port: number): Promise<string> {
  const socket = connect({ host, port });
  await once(socket, 'connect');
  let said = '';
  for await (const chunk of socket) said += String(chunk);
  return said;
}

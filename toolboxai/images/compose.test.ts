import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { startLoad } from '../load/generate.ts';
import { buildImages, findEngine, makeComposeSystem } from '../test-rig/compose.ts';
import { until } from '../test-rig/processes.ts';
import { DEMO } from '../test-rig/system.ts';

const found = await findEngine();
const VERSION = '2.0.0';
/** Ten containers on two processors, beside other suites. */
const STARTS_WITHIN = 300_000;
const USERS = { nginx: 1004, backend: 1001, worker: 1002, dashboard: 1003, postgres: 1005, redis: 1006 };
const SERVICES = Object.keys(USERS) as readonly (keyof typeof USERS)[];

/** The part of a backend's own answer that is looked at. */
interface Health {
  readonly dependencies: Readonly<Record<string, string>>;
}

describe.skipIf(!found)('ToolBoxAI from its compose files', () => {
  let system: Awaited<ReturnType<typeof makeComposeSystem>>;

  beforeAll(async () => {
    system = await makeComposeSystem(VERSION);
    await buildImages(VERSION);
    await system.compose('up', '-d');
    await system.migrate();
    await until('all are healthy', async () => {
      const ids = (await Promise.all(SERVICES.map(system.containers))).flat();
      const states = await system.docker('inspect', '--format', '{{.State.Health.Status}}', ...ids);
      return ids.length === 10 && states.split('\n').every((state) => state === 'healthy');
    });
  }, STARTS_WITHIN);
  afterAll(() => system?.close(), STARTS_WITHIN);

  async function logIn(): Promise<number> {
    const answer = await fetch(`${system.url}/api/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: DEMO.DEMO_USER, password: DEMO.DEMO_PASSWORD }),
    });
    return answer.status;
  }

  /** As a deployer does: a file beside it, renamed, and the edge told to look. */
  async function route(generation: number, ids: readonly string[]): Promise<void> {
    const server = (address: string): string => `  server ${address};\n`;
    const backends = await Promise.all(ids.map((id) => system.addressOf(id, 8009)));
    const dashboards = await Promise.all(
      (await system.containers('dashboard')).map((id) => system.addressOf(id, 8010)),
    );
    const block = (name: string, list: readonly string[]): string =>
      `upstream ${name} {\n${list.map(server).join('')}  keepalive 64;\n}\n`;
    const text = `map "" $holdpoint_generation { default ${generation}; }\n${block('backend', backends)}${block('dashboard', dashboards)}`;
    const path = join(system.folder, 'run/edge/upstreams.conf');
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
    const [edge = ''] = await system.containers('nginx');
    await system.docker('exec', edge, 'nginx', '-s', 'reload');
    await until('the edge has followed', async () => (await status()).generation === generation);
  }
  const status = async () =>
    (await (await fetch(`${system.url}/__edge/status`)).json()) as { generation: number };

  it('serves the front page and a login through the edge before anybody has told it where to', async () => {
    expect((await status()).generation).toBe(0);
    expect(await (await fetch(system.url)).text()).toContain('<!doctype html>');
    expect(await logIn()).toBe(200);
    expect((await fetch(`${system.url}/metrics`)).status).toBe(404);
    expect((await fetch(`${system.url}/__edge/other`)).status).toBe(404);
  });

  it.each(SERVICES)('runs %s as the user that image and compose files name, and closed', async (name) => {
    const [id = ''] = await system.containers(name);
    const [facts] = JSON.parse(await system.docker('inspect', id));
    const user = `${USERS[name]}:${USERS[name]}`;
    expect(facts.Config.User).toBe(user);
    expect(await system.docker('image', 'inspect', '--format', '{{.Config.User}}', facts.Image)).toBe(user);
    const running = await system.docker('top', id, '-o', 'uid,pid');
    const users = running
      .split('\n')
      .slice(1)
      .map((line) => Number(line.trim().split(/\s+/)[0]));
    expect(new Set(users)).toEqual(new Set([USERS[name]]));
    expect(facts.HostConfig).toMatchObject({
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: expect.arrayContaining([expect.stringMatching(/^no-new-privileges/)]),
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '5' } },
    });
    expect(facts.HostConfig.Memory).toBeGreaterThan(0);
    expect(facts.HostConfig.NanoCpus).toBeGreaterThan(0);
    const published = Object.values(facts.NetworkSettings.Ports).filter(Boolean);
    expect(published.length).toBe(name === 'nginx' ? 1 : 0);
    const secrets = readFileSync(join(system.folder, 'secrets/postgres_password'), 'utf8');
    expect(JSON.stringify(facts)).not.toContain(secrets);
  });

  it('lets database and backends reach no world', async () => {
    const listed = await system.docker('network', 'ls', '-q', '--filter', `name=^${system.project}_`);
    const lines = await system.docker(
      'network',
      'inspect',
      '--format',
      '{{.Name}} {{.Internal}}',
      ...listed.split('\n'),
    );
    expect(lines.split('\n').sort()).toEqual([
      `${system.project}_data true`,
      `${system.project}_front true`,
      `${system.project}_outside false`,
      `${system.project}_public false`,
    ]);
  });

  it('merges into files with three backends', async () => {
    const { services } = parse(await system.compose('config'));
    expect(services.backend.deploy.replicas).toBe(3);
    expect(await system.containers('backend')).toHaveLength(3);
  });

  it('keeps its data in a folder inside the volume, and what was written there over a restart', async () => {
    const listed = await system.compose(
      'exec',
      '-T',
      'postgres',
      'psql',
      '-qAt',
      '-U',
      'toolboxai',
      '-c',
      'SHOW data_directory',
    );
    expect(listed.trim()).toBe('/var/lib/postgresql/data/pgdata');
    await system.compose('restart', 'postgres', 'redis');
    // Each replica finds its way back by itself: one that answers says nothing of the others.
    const backends = await system.containers('backend');
    const addresses = await Promise.all(backends.map((id) => system.addressOf(id, 8009)));
    await until('every backend has both again', async () => {
      const told = await Promise.all(
        addresses.map(async (address) => (await (await fetch(`http://${address}/health`)).json()) as Health),
      );
      return told.every(({ dependencies }) => Object.values(dependencies).every((state) => state === 'up'));
    });
    expect(await logIn()).toBe(200);
  });

  it('loses no request and no event while the edge is told of other backends and one ends', async () => {
    const [first = '', ...others] = await system.containers('backend');
    await route(1, [first, ...others]);
    const load = await startLoad({
      url: new URL(system.url),
      user: DEMO.DEMO_USER,
      password: DEMO.DEMO_PASSWORD,
      rate: 20,
      clients: 3,
      streams: 3,
      onSecond: () => undefined,
    });
    await route(2, others);
    await system.docker('stop', first);
    expect(await system.docker('inspect', '--format', '{{.State.ExitCode}}', first)).toBe('0');
    await system.docker('start', first);
    await until('it is healthy', async () => {
      const health = await system.docker('inspect', '--format', '{{.State.Health.Status}}', first);
      return health === 'healthy';
    });
    await route(3, [first, ...others]);
    const totals = await load.stop();
    expect(totals, JSON.stringify(totals)).toMatchObject({ lost: 0, errors: 0 });
    const lines = readFileSync(join(system.folder, 'run/log/access.log'), 'utf8').trim().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      status: expect.any(Number),
      seconds: expect.any(Number),
      upstream: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+:80(09|10)/),
    });
  });

  it('goes without a trace', async () => {
    expect((await system.traces()).length).toBeGreaterThan(0);
    await system.close();
    expect(await system.traces()).toEqual([]);
  });
});

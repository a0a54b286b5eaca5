import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImages, findEngine } from '../test-rig/compose.ts';
import { createProcesses, until } from '../test-rig/processes.ts';
import { isOverBudget, readManifest } from './build.ts';
import { attempt, command } from './command.ts';
import { IMAGES, referenceOf } from './images.ts';

const VERSION = '2.0.0';
const found = await findEngine();

interface ImageFacts {
  readonly Id: string;
  readonly Size: number;
  readonly Config: {
    readonly User: string;
    readonly Cmd: readonly string[];
    readonly Entrypoint: readonly string[] | null;
    readonly Labels: Readonly<Record<string, string>>;
    readonly Healthcheck: { readonly Test: readonly string[] };
  };
}

const docker = async (...args: readonly string[]): Promise<string> => (await command('docker', args)).trim();
const inspect = async (name: string): Promise<ImageFacts> =>
  JSON.parse(await docker('image', 'inspect', '--format', '{{json .}}', name));

describe('the budget of an image', () => {
  it('is broken by one that reaches it, and never where there is none', () => {
    const built = { reference: 'x', id: 'sha256:1', seconds: 1 };
    expect(isOverBudget({ ...built, megabytes: 49.9, budget: 50 })).toBe(false);
    expect(isOverBudget({ ...built, megabytes: 50, budget: 50 })).toBe(true);
    expect(isOverBudget({ ...built, megabytes: 900, budget: null })).toBe(false);
  });
});

describe.skipIf(!found)('images built without a registry', () => {
  const processes = createProcesses({});
  const own = `toolboxai-test-${randomUUID().slice(0, 8)}`;
  let containers = 0;
  let printed: string;

  beforeAll(async () => {
    printed = await buildImages(VERSION);
  });
  afterAll(async () => {
    await processes.stopAll();
    for (let number = 1; number <= containers; number += 1)
      await attempt('docker', ['rm', '-f', '-v', `${own}-${number}`]);
  });

  async function start(name: string, ...options: readonly string[]): Promise<string> {
    containers += 1;
    const closed = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];
    const memory = ['--tmpfs', '/tmp:size=16m,mode=1777'];
    const named = ['-d', '--name', `${own}-${containers}`];
    return docker('run', ...named, ...closed, ...memory, ...options, `toolboxai/${name}:${VERSION}`);
  }

  it.each(IMAGES.filter(({ budget }) => budget !== null))(
    '$name is smaller than $budget MB, and the build says so',
    async ({ name, budget }) => {
      const { Size } = await inspect(`toolboxai/${name}:${VERSION}`);
      expect(Size).toBeLessThan((budget ?? 0) * 1_000_000);
      expect(printed).toContain(`${(Size / 1_000_000).toFixed(1)} MB of ${budget} MB`);
    },
  );

  it.each([
    ['backend', '1001:1001'],
    ['worker', '1002:1002'],
    ['dashboard', '1003:1003'],
    ['nginx', '1004:1004'],
  ])('%s is labelled with version and commit, runs as %s, and needs no shell', async (name, user) => {
    const { Config } = await inspect(`toolboxai/${name}:${VERSION}`);
    expect(Config.User).toBe(user);
    expect(Config.Labels).toMatchObject({
      'org.opencontainers.image.version': VERSION,
      'org.opencontainers.image.revision': readManifest(VERSION).commit,
    });
    expect(Config.Healthcheck.Test[0]).toBe('CMD');
    expect([...(Config.Entrypoint ?? []), ...Config.Cmd, ...Config.Healthcheck.Test]).not.toContain('sh');
  });

  it.each(['postgres', 'redis'])('%s runs as a user of its own and is asked for its health', async (name) => {
    const image = IMAGES.find((one) => one.name === name);
    if (image === undefined) throw new Error(name);
    const { Config } = await inspect(referenceOf(image, VERSION));
    expect(Config.User).toMatch(/^100[56]:100[56]$/);
    expect(Config.Healthcheck.Test[0]).toBe('CMD');
  });

  it.each(['backend', 'worker'])('%s holds Node and its release, and no program beside', async (name) => {
    containers += 1;
    const id = await docker('create', '--name', `${own}-${containers}`, `toolboxai/${name}:${VERSION}`);
    const listed = await command('sh', ['-c', 'docker export "$1" | tar -t', 'export', id]);
    const paths = listed.split('\n');
    expect(paths.filter((path) => /(^|\/)s?bin\/[^/]+$/.test(path))).toEqual(['usr/local/bin/node']);
    expect(paths).toContain(`app/${name}.mjs`);
    expect(paths.includes('app/migrations/0001_initial.up.sql')).toBe(name === 'backend');
  });

  it('are the same images when they are built again', async () => {
    const names = IMAGES.map((image) => referenceOf(image, VERSION));
    const ids = async () => Promise.all(names.map(async (name) => (await inspect(name)).Id));
    const before = await ids();
    await buildImages(VERSION);
    expect(await ids()).toEqual(before);
  });

  it.each(['dashboard', 'nginx'])('%s turns healthy with nothing to write to but /tmp', async (name) => {
    const id = await start(name);
    const state = () => docker('inspect', '--format', '{{.State.Health.Status}}', id);
    await until(`${name} is healthy`, async () => (await state()) === 'healthy');
    const running = await docker('top', id, '-o', 'uid,pid');
    const users = running
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/)[0]);
    expect(new Set(users)).toEqual(new Set([name === 'nginx' ? '1004' : '1003']));
  });

  it('backend says what it lacks and ends with 78, also where it can write nothing', async () => {
    const id = await start('backend', '-e', 'SECRET_FILE=/run/secrets/away');
    expect(await docker('wait', id)).toBe('78');
    expect(await docker('logs', id)).toContain('the file that SECRET_FILE names cannot be read');
  });

  it('dashboard answers what its process answers', async () => {
    const release = join(import.meta.dirname, '../releases', VERSION, 'dashboard.mjs');
    const own = await processes.serve(release);
    const id = await start('dashboard', '-p', '127.0.0.1::8010');
    const url = `http://${(await docker('port', id, '8010')).split('\n')[0]}`;
    await until('it answers', async () => (await fetch(`${url}/ready`)).ok);
    const page = await (await fetch(own.url)).text();
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? 'none';
    const style = /href="(\/assets\/[^"]+\.css)"/.exec(page)?.[1] ?? 'none';
    // Of the transport, of the moment, or of nginx's own files.
    const aside = new Set(['date', 'connection', 'keep-alive', 'server', 'etag', 'last-modified']);
    for (const path of ['/', script, style, '/icon.svg', '/none', '/ready']) {
      const [theirs, ours] = await Promise.all([fetch(own.url + path), fetch(url + path)]);
      expect(ours.status, path).toBe(theirs.status);
      expect(await ours.text(), path).toBe(await theirs.text());
      for (const [name, value] of theirs.headers)
        if (!aside.has(name) && !(name === 'cache-control' && path === '/none'))
          expect(ours.headers.get(name)?.toLowerCase() ?? `no ${name}`, `${path} ${name}`).toBe(
            value.toLowerCase(),
          );
    }
    const facts = { version: VERSION, service: 'dashboard', instance: id.slice(0, 12) };
    expect(await (await fetch(`${url}/version`)).json()).toEqual(facts);
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok', ...facts });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain(
      `toolboxai_build_info{version="${VERSION}"} 1`,
    );
  });
});

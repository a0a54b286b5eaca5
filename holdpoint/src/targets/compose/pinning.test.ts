import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { asHoldpointError } from '../../kernel/errors.ts';
import { docker, engineRuns } from '../../system/docker/engine.fixture.ts';
import { startDaemon } from '../../system/exec/daemon.ts';
import { signal, waitForExit } from '../../system/exec/processes.ts';
import { run } from '../../system/exec/run.ts';
import { freePort } from '../../system/free-port.ts';
import { rollTo } from '../rolling/rolling.fixture.ts';
import type { Revision, Target } from '../target.ts';
import { importService } from './fixtures/images.ts';
import { LIMIT, makeSite, type Site, service } from './fixtures/site.ts';

const runs = await engineRuns();
const authority = { fence: 1, signal: new AbortController().signal };
const failure = (promise: Promise<unknown>) =>
  promise.then(() => expect.fail('it should have failed'), asHoldpointError);

async function rollBack(target: Target, to: Revision): Promise<void> {
  await target.assertAvailable(to);
  for (const step of target.roll(await target.inspect(), to)) await target.perform(step, authority);
}

describe.runIf(runs)('a recorded release', { timeout: LIMIT }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await makeSite();
  });
  afterAll(() => site?.close());
  beforeEach(async () => {
    await site.writeFiles({ worker: undefined });
  });
  afterEach(() => site.clear());
  const one = { services: { backend: service() } };
  const runningImages = async () =>
    docker(
      'ps',
      '--filter',
      `label=com.docker.compose.project=${site.project}`,
      '--no-trunc',
      '--format',
      '{{.ID}}',
    ).then((ids) => docker('container', 'inspect', '--format', '{{.Image}}', ...ids.split('\n')));

  it('comes back by its content after its tag was moved to another image', async () => {
    const [old] = await site.addRelease('1.9.0');
    await site.addRelease('2.0.0');
    const target = await site.open(one);
    await rollTo(target, '1.9.0');
    const from = (await target.inspect()).replicas[0]?.revision;
    if (from === undefined) return expect.fail('nothing runs');
    await rollTo(target, '2.0.0');
    await docker('image', 'tag', site.reference('backend', '2.0.0'), site.reference('backend', '1.9.0'));
    expect((await target.resolve('1.9.0')).digest).not.toBe(from.digest);
    await rollBack(await site.open(one), from);
    expect(await runningImages()).toBe(old);
  });

  it('is refused before anything changes when its image is gone, naming what is missing and what to do', async () => {
    const [, old = ''] = await site.addRelease('1.9.0');
    await site.addRelease('2.0.0');
    await site.writeFiles();
    const target = await site.open({ services: { ...one.services, worker: service({ routed: false }) } });
    const from = await target.resolve('1.9.0');
    await rollTo(target, '2.0.0');
    // Of the service that comes last: the first one must not be rolled either.
    await docker('image', 'rm', '--force', old);
    const before = (await target.inspect()).replicas.map(({ id, pid }) => [id, pid]);
    const error = await failure(rollBack(target, from));
    expect(error).toMatchObject({ code: 'not-found', next: expect.stringContaining('Load it again') });
    expect(error.message).toContain(`${site.reference('worker', '1.9.0')} of release 1.9.0 is no longer`);
    expect(error.details).toEqual([expect.stringContaining(`worker: ${old.slice(0, 19)}`)]);
    expect((await target.inspect()).replicas.map(({ id, pid }) => [id, pid])).toEqual(before);
  });

  it('survives a tag that was removed, and `docker image prune`, since a tag of our own holds it', async () => {
    await site.addRelease('1.9.0');
    const target = await site.open(one);
    const from = await target.resolve('1.9.0');
    await docker('image', 'rm', site.reference('backend', '1.9.0'));
    await target.assertAvailable(from);
    expect((await failure(target.resolve('1.9.0'))).code).toBe('not-found');
  });

  it('that served long ago is let go with the next one, its tag too; those that served lately and the way back stay', async () => {
    const [oldest = ''] = await site.addRelease('1.8.0');
    const [old = ''] = await site.addRelease('1.9.0');
    await site.addRelease('2.0.0');
    const target = await site.open(one);
    await target.resolve('1.8.0');
    await rollTo(target, '1.9.0');
    const from = (await target.inspect()).replicas[0]?.revision;
    if (from === undefined) return expect.fail('nothing runs');
    const folder = join(site.state, 'compose');
    const recorded = async () => (await readdir(folder)).map((name) => name.split('-')[0]).sort();
    const tags = () =>
      docker('image', 'ls', '--format', '{{.Tag}}', `holdpoint-pinned/${site.project}-backend`);
    const tagOf = (id: string) => id.replace('sha256:', '').slice(0, 12);
    expect(await tags()).toContain(tagOf(oldest));
    expect(await recorded()).toEqual(['1.8.0', '1.9.0']);
    const monthAgo = Date.now() / 1_000 - 30 * 24 * 3_600;
    for (const name of await readdir(folder)) await utimes(join(folder, name), monthAgo, monthAgo);
    await rollTo(target, '2.0.0');
    expect(await recorded()).toEqual(['1.9.0', '2.0.0']);
    expect(await tags()).not.toContain(tagOf(oldest));
    expect(await tags()).toContain(tagOf(old));
    await rollBack(await site.open(one), from);
  });

  it('is one file that only its owner may read, with the environment in it', async () => {
    await site.addRelease('1.9.0');
    const target = await site.open(one);
    const { digest } = await target.resolve('1.9.0');
    const folder = join(site.state, 'compose');
    expect(await readdir(folder)).toEqual([`1.9.0-${digest}.json`]);
    expect((await stat(join(folder, `1.9.0-${digest}.json`))).mode & 0o777).toBe(0o600);
    expect((await (await site.open(one)).resolve('1.9.0')).digest).toBe(digest);
  });

  it('is another one as soon as its definition differs', async () => {
    await site.addRelease('1.9.0');
    const before = await (await site.open(one)).resolve('1.9.0');
    await site.writeFiles({ worker: undefined, backend: { environment: { LOG_LEVEL: 'debug' } } });
    const after = await (await site.open(one)).resolve('1.9.0');
    expect(after).toMatchObject({ version: '1.9.0' });
    expect(after.digest).not.toBe(before.digest);
  });
});

const registry = await run({ program: 'docker-registry', args: ['--version'] }, { timeout: 10_000 }).catch(
  () => undefined,
);
const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('docker-registry');
if (registry === undefined && !required) console.log('skipped: there is no docker-registry on this machine');

describe.runIf(runs && (registry !== undefined || required))(
  'with a real registry',
  { timeout: LIMIT },
  () => {
    it('an image that is gone locally is pulled again by its digest, and refused when the registry is gone too', async () => {
      const site = await makeSite();
      const folder = await mkdtemp(join(tmpdir(), 'holdpoint-registry-'));
      const host = `127.0.0.1:${await freePort()}`;
      const settings = join(folder, 'config.yml');
      await writeFile(
        settings,
        `version: 0.1\nstorage: {filesystem: {rootdirectory: ${folder}/data}, delete: {enabled: true}}\nhttp: {addr: '${host}'}\n`,
      );
      const daemon = await startDaemon({
        program: 'docker-registry',
        args: ['serve', settings],
        cwd: folder,
        environment: { PATH: process.env['PATH'] ?? '' },
        log: join(folder, 'log'),
      });
      const reference = `${host}/${site.project}/backend:1.9.0`;
      try {
        await vi.waitFor(async () => expect((await fetch(`http://${host}/v2/`)).status).toBe(200), {
          timeout: 120_000,
        });
        const id = await importService(reference, { version: '1.9.0' });
        await docker('image', 'push', '--quiet', reference);
        await docker('image', 'rm', '--force', id);
        await site.writeFiles({ worker: undefined, backend: { image: reference } });
        const target = await site.open({ services: { backend: service() }, pull: 'missing' });
        const revision = await target.resolve('1.9.0');
        expect(await target.images?.('1.9.0')).toEqual([{ service: 'backend', reference, containers: [] }]);
        await docker('image', 'rm', '--force', id);
        await target.assertAvailable(revision);
        for (const step of target.roll(await target.inspect(), revision))
          await target.perform(step, authority);
        expect((await target.images?.('1.9.0'))?.[0]?.containers).toHaveLength(1);
        const names = await docker(
          'ps',
          '--filter',
          `label=com.docker.compose.project=${site.project}`,
          '--format',
          '{{.Image}}',
          '--no-trunc',
        );
        expect(names).toMatch(new RegExp(`^${host}/${site.project}/backend@sha256:`));
        for (const step of target.halt(await target.inspect())) await target.perform(step, authority);
        await docker('image', 'rm', '--force', id);
        await signal(daemon, 'SIGTERM');
        await waitForExit(daemon, 10_000);
        const error = await failure(target.assertAvailable(revision));
        expect(error).toMatchObject({
          code: 'not-found',
          next: expect.stringContaining('registry reachable'),
        });
      } finally {
        await signal(daemon, 'SIGKILL');
        await site.close();
        const left = await docker(
          'image',
          'ls',
          '--quiet',
          '--filter',
          `reference=${host}/${site.project}/*`,
        );
        if (left !== '') await docker('image', 'rm', '--force', ...new Set(left.split('\n')));
        await rm(folder, { recursive: true, force: true });
      }
    });
  },
);

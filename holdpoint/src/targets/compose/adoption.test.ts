import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { docker, engineRuns } from '../../system/docker/engine.fixture.ts';
import { rollTo } from '../rolling/rolling.fixture.ts';
import { importService } from './fixtures/images.ts';
import { LIMIT, makeSite, type Site, service, versionsOf } from './fixtures/site.ts';

const runs = await engineRuns();

describe.runIf(runs)('what plain compose has started', { timeout: LIMIT }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await makeSite();
  });
  afterAll(() => site?.close());
  afterEach(() => site.clear());

  it('is rolled from and back to, without a change to the repository of the team', async () => {
    const [backend, worker] = await site.addRelease('1.9.0');
    await site.addRelease('2.0.0');
    await site.compose('1.9.0', 'up', '-d', '--scale', 'backend=2');
    const target = await site.open();
    await expect
      .poll(async () => (await versionsOf(target)).toSorted(), { timeout: 120_000 })
      .toEqual([
        ['backend', '1.9.0', 'ready', false],
        ['backend', '1.9.0', 'ready', false],
        ['worker', '1.9.0', 'ready', false],
      ]);
    const revisions = (await target.inspect()).replicas.map(({ revision }) => revision.digest);
    expect(new Set(revisions).size).toBe(1);
    const from = (await target.inspect()).replicas[0]?.revision;
    if (from === undefined) return expect.fail('nothing runs');
    await target.assertAvailable(from);
    const steps = await rollTo(target, '2.0.0');
    expect(steps).toContain(`backend/drain/1.9.0-${from.digest.slice(0, 8)}/1`);
    // The tag is moved, and the way back leads to what ran.
    await docker('image', 'tag', site.reference('backend', '2.0.0'), site.reference('backend', '1.9.0'));
    const again = await site.open();
    await again.assertAvailable(from);
    for (const step of again.roll(await again.inspect(), from)) {
      await again.perform(step, { fence: 1, signal: new AbortController().signal });
    }
    expect((await again.inspect()).replicas.map(({ revision }) => revision)).toEqual([from, from, from]);
    const ids = await docker(
      'ps',
      '--no-trunc',
      '--quiet',
      '--filter',
      `label=com.docker.compose.project=${site.project}`,
    );
    const images = await docker('container', 'inspect', '--format', '{{.Image}}', ...ids.split('\n'));
    expect(images.split('\n').sort()).toEqual([backend, backend, worker].sort());
  });

  it('is one release to its end, also when it is taken away one by one by several runs', async () => {
    await site.addRelease('1.9.0');
    await site.addRelease('2.0.0');
    const one = { services: { backend: service(), worker: service({ routed: false }) } };
    await site.compose('1.9.0', 'up', '-d');
    const first = await site.open(one);
    const from = (await first.inspect()).replicas[0]?.revision;
    const to = await first.resolve('2.0.0');
    for (;;) {
      const target = await site.open(one);
      const world = await target.inspect();
      const old = world.replicas.filter(({ revision }) => revision.version === '1.9.0');
      expect(new Set(old.map(({ revision }) => revision.digest))).toEqual(
        new Set(old.length === 0 ? [] : [from?.digest]),
      );
      const [step] = target.roll(world, to);
      if (step === undefined) break;
      await target.perform(step, { fence: 1, signal: new AbortController().signal });
    }
  });

  it('is called by the label of its image where that has one', async () => {
    for (const name of ['backend', 'worker']) {
      await importService(site.reference(name, 'stable'), {
        version: '3.1.4',
        labels: { 'org.opencontainers.image.version': '3.1.4', 'holdpoint.test': site.project },
      });
    }
    await site.compose('stable', 'up', '-d');
    const { replicas } = await (await site.open()).inspect();
    expect(replicas.map(({ revision }) => revision.version)).toEqual(['3.1.4', '3.1.4']);
  });

  it('does not count `docker-compose run`', async () => {
    await site.addRelease('1.9.0');
    await site.compose('1.9.0', 'run', '-d', '--no-deps', 'backend');
    expect((await (await site.open()).inspect()).replicas).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { docker, engineRuns, type Workshop, workshop } from '../../system/docker/engine.fixture.ts';
import {
  type RunningRegistry,
  registryInstalled,
  startRegistry,
} from '../../system/registry/registry.fixture.ts';
import type { ReleaseImage } from '../../targets/target.ts';
import type { Subject } from '../check.ts';
import { look, subject } from '../subject.fixture.ts';
import { built } from './built.ts';
import { pushed } from './pushed.ts';
import { size } from './size.ts';
import { tag } from './tag.ts';
import { user } from './user.ts';

const engine = await engineRuns();

function release(
  images: readonly Partial<ReleaseImage>[],
  parts: Partial<Omit<Subject, 'settings'>> = {},
): Subject {
  const whole = images.map((one) => ({ service: 'backend', reference: '', containers: [], ...one }));
  return subject({ target: 'compose', images: () => Promise.resolve(whole), ...parts });
}

describe.runIf(engine)('with a real engine', () => {
  let made: Workshop;
  let reference: string;
  beforeAll(async () => {
    made = workshop();
    reference = `${made.name}/backend:2.0.0`;
    const labels = { 'org.opencontainers.image.version': '2.0.0' };
    await made.image(reference, { user: '1001', labels });
  });
  afterAll(() => made?.clear());

  it('an image is known by its id, and one that nobody built is not', async () => {
    expect((await look(built, release([{ reference }]))).summary).toMatch(/^1 of 1 images: backend sha256:/);
    const none = await look(built, release([{ reference: `${made.name}/nobody:2.0.0` }]));
    expect(none).toMatchObject({ verdict: 'fail', summary: expect.stringContaining('is not on the engine') });
  });

  it('an image that calls itself another version is not the release', async () => {
    const evidence = await look(built, release([{ reference }], { version: '2.0.1' }));
    expect(evidence.summary).toContain('says that it is version 2.0.0, not 2.0.1');
  });

  it('the size is that of all layers', async () => {
    const judge = (max: string) => look(size, { ...release([{ reference }]), settings: () => ({ max }) });
    expect((await judge('3MB')).summary).toMatch(/^backend (1\.9|2\.\d) MB of 3\.0 MB$/);
    expect((await judge('1MB')).verdict).toBe('fail');
  });

  it('image, deployment and the process of the container agree on the user, or that is told', async () => {
    const containers = [await made.container(reference)];
    expect(await look(user, release([{ reference, containers, user: '1001' }]))).toMatchObject({
      verdict: 'pass',
      summary: 'backend 1001: agreed by images, deployment and 1 containers',
    });
    const root = [await made.container(reference, '--user', '0')];
    const evidence = await look(user, release([{ reference, containers: root }]));
    expect(evidence.verdict).toBe('fail');
    expect(evidence.details).toContainEqual(expect.stringMatching(/ runs as 0, not as 1001$/));
  });

  it('a tag that was moved after a container was started means two images', async () => {
    const moved = `${made.name}/worker:2.0.0`;
    await made.image(moved);
    await made.container(moved);
    const of = release([{ service: 'worker', reference: moved }]);
    expect((await look(tag, of)).verdict).toBe('pass');
    await made.image(moved);
    const evidence = await look(tag, of);
    expect(evidence.verdict).toBe('fail');
    expect(evidence.summary).toMatch(/worker:2\.0\.0 is sha256:\w{12} here, and sha256:\w{12} in hp-test-/);
  });

  it('a container of this version whose reference tells nothing is found by the deployment', async () => {
    const [mine, other] = [`${made.name}/pinned:2.0.0`, `${made.name}/pinned-once:x`];
    await made.image(mine);
    await made.image(other);
    const id = await made.container(other);
    const containers = (version: string) => () => Promise.resolve([{ id, service: 'backend', version }]);
    const judge = async (version: string) =>
      (await look(tag, release([{ reference: mine }], { containers: containers(version) }))).verdict;
    expect(await judge('2.0.0')).toBe('fail');
    expect(await judge('1.9.0')).toBe('pass');
  });

  it('images of services that are not replaced are named in the settings', async () => {
    const of = release([{ reference }]);
    const images = { nginx: `${made.name}/nginx:{version}` };
    const settings = { images: { nginx: images.nginx.replace('{version}', '2.0.0') }, services: [] };
    await made.image(settings.images.nginx, { bytes: 1e6 });
    expect((await look(size, { ...of, settings: () => settings })).summary).toMatch(
      /backend .* of 200 MB, nginx 3\.0 MB of 50\.0 MB/,
    );
  });
});

describe.runIf(engine && (await registryInstalled()))('with a real engine and a real registry', () => {
  let made: Workshop;
  let registry: RunningRegistry;
  let reference: string;
  beforeAll(async () => {
    registry = await startRegistry();
    made = workshop();
    reference = `${registry.host}/${made.name}/backend:2.0.0`;
    await made.image(reference);
  });
  afterAll(async () => {
    await made?.clear();
    await registry?.stop();
  });

  it('an image is pushed once the registry has it, until somebody moves the tag there', async () => {
    const of = release([{ reference }]);
    expect((await look(pushed, of)).summary).toMatch(/was never pushed$/);
    await docker('push', '--quiet', reference);
    expect((await look(pushed, of)).summary).toMatch(/^the registry has 1 of 1: backend sha256:/);
    expect(await look(tag, of)).toMatchObject({
      verdict: 'pass',
      summary: expect.stringContaining("in 1 registries' answers"),
    });

    // Another machine builds its own, and pushes it under the same tag.
    const mine = await docker('image', 'inspect', '--format', '{{.Id}}', reference);
    const aside = `${made.name}/aside:1`;
    await docker('image', 'tag', mine, aside);
    await made.image(reference);
    await docker('push', '--quiet', reference);
    await docker('image', 'tag', aside, reference);
    await docker('image', 'rm', aside);

    expect((await look(pushed, of)).summary).toMatch(/^the registry has another .*: sha256:\w+ there/);
    expect((await look(tag, of)).summary).toMatch(/ in the registry, and sha256:\w{12} here$/);
  });

  it('a tag that the registry lost is a fault of the release', async () => {
    const known = `${registry.host}/${made.name}/known:2.0.0`;
    await made.image(known);
    await docker('push', '--quiet', known);
    const lost = `${registry.host}/${made.name}/known:2.0.1`;
    await docker('image', 'tag', known, lost);
    const evidence = await look(pushed, release([{ reference: lost }], { version: '2.0.1' }));
    await docker('image', 'rm', lost);
    expect(evidence).toMatchObject({ verdict: 'fail', summary: expect.stringContaining('has no') });
  });

  it('a registry that is away breaks the probe of what was pushed, and leaves the tag to the engine', async () => {
    const second = await startRegistry();
    const gone = `${second.host}/${made.name}/gone:2.0.0`;
    await made.image(gone);
    await docker('push', '--quiet', gone);
    await second.stop();
    const of = release([{ reference: gone }]);
    await expect(look(pushed, of)).rejects.toMatchObject({ code: 'unreachable' });
    const evidence = await look(tag, of);
    expect(evidence.verdict).toBe('pass');
    expect(evidence.details?.join()).toContain('its registry was not heard');
  });
});

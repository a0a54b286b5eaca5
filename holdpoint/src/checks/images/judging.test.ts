import { describe, expect, it } from 'vitest';
import { look, NOW, probe, subject } from '../subject.fixture.ts';
import { built, judgeBuilt } from './built.ts';
import { judgePushed } from './pushed.ts';
import type { KnownImage } from './release-images.ts';
import { judgeScanned } from './scanned.ts';
import { judgeSize } from './size.ts';
import { judgeTag, type Tagged } from './tag.ts';
import { judgeUser } from './user.ts';
import { isVersion } from './version.ts';

const ID_A = `sha256:${'a'.repeat(64)}`;
const ID_B = `sha256:${'b'.repeat(64)}`;

type Facts = NonNullable<KnownImage['facts']>;
function image(service: string, facts: Partial<Facts> = {}, parts: Partial<KnownImage> = {}): KnownImage {
  return {
    service,
    reference: `team/${service}:2.0.0`,
    containers: [],
    facts: {
      id: ID_A,
      tags: [],
      digests: [],
      bytes: 150e6,
      user: '1001',
      labels: {},
      architecture: 'amd64',
      ...facts,
    },
    ...parts,
  };
}
const absent = { ...image('backend'), facts: undefined };

describe('every check of images', () => {
  it('says nothing of a release without images', () => {
    const verdicts = [
      judgeBuilt('2.0.0', []),
      judgeSize({ services: [], aliases: {} }, []),
      judgeTag('2.0.0', []),
      judgePushed([]),
      judgeScanned({ now: NOW, maxAge: 1, paths: [], waivers: [] }, [], []),
      judgeUser({ from: 1001, to: 1007 }, []),
    ].map(({ verdict }) => verdict);
    expect(new Set(verdicts)).toEqual(new Set(['inconclusive']));
  });

  it('is broken where the target tells no images', async () => {
    await expect(look(built, subject({ target: 'kubernetes' }), probe())).rejects.toThrow('not built yet');
  });
});

describe('images.built', () => {
  it('fails an image that is not on the engine, and a label of another version', () => {
    const label = (version: string) => ({ labels: { 'org.opencontainers.image.version': version } });
    expect(judgeBuilt('2.0.0', [image('backend', label('v2.0.0'))])).toMatchObject({
      verdict: 'pass',
      summary: '1 of 1 images: backend sha256:aaaaaaaaaaaa',
    });
    expect(judgeBuilt('2.0.0', [image('backend', label('22.04')), absent]).details).toEqual([
      'the image team/backend:2.0.0 of backend says that it is version 22.04, not 2.0.0',
      'the image team/backend:2.0.0 of backend is not on the engine',
    ]);
  });
});

describe('images.size', () => {
  const none = { services: [], aliases: { celery: 'worker' } };

  it('knows the usual limits of services, and tells the measured sizes', () => {
    expect(judgeSize(none, [image('backend'), image('redis', { bytes: 1e9 })])).toMatchObject({
      verdict: 'pass',
      summary: 'backend 150 MB of 200 MB, redis 1.0 GB, which nothing limits',
    });
    expect(judgeSize(none, [image('dashboard')])).toMatchObject({
      verdict: 'fail',
      summary: 'dashboard has 150 MB, more than 100 MB',
      measured: 'dashboard 150 MB of 100 MB',
    });
  });

  it('takes the strictest limit that an item states, for each service its own', () => {
    const services = [
      { service: 'backend', max: 200e6 },
      { service: 'backend', max: 140e6 },
      { service: 'celery', max: 160e6 },
    ];
    const evidence = judgeSize({ ...none, services }, [image('backend'), image('worker', { bytes: 161e6 })]);
    expect(evidence.details).toEqual([
      'backend has 150 MB, more than 140 MB',
      'worker has 161 MB, more than 160 MB',
    ]);
  });

  it('is exact at the limit', () => {
    expect(judgeSize({ ...none, max: 150e6 }, [image('x')]).verdict).toBe('pass');
    expect(judgeSize({ ...none, max: 150e6 - 1 }, [image('x')]).verdict).toBe('fail');
  });

  it('does not pass when a named service has no image, or an image is gone', () => {
    const services = [{ service: 'nginx', max: 50e6 }];
    expect(() => judgeSize({ ...none, services }, [image('backend')])).toThrow(
      "no image of a service 'nginx'",
    );
    expect(() => judgeSize(none, [absent])).toThrow('is not on the engine');
    expect(judgeSize({ ...none, services }, [image('backend', { bytes: 1e9 })]).verdict).toBe('fail');
    expect(judgeSize(none, [image('other')]).verdict).toBe('inconclusive');
  });
});

describe('images.tag', () => {
  const tagged = (reference: string, parts: Partial<Tagged> = {}): Tagged => {
    const tag = reference.includes(':') ? { tag: reference.split(':')[1] ?? '' } : {};
    return {
      image: image('backend', {}, { reference }),
      reference: { host: 'docker.io', repository: reference.split(':')[0] ?? '', ...tag },
      containers: [],
      registry: { silent: 'in no registry that is known of' },
      ...parts,
    };
  };

  it.each([
    ['team/backend:2.0.0', 'pass'],
    ['team/backend:v2.0.0', 'pass'],
    ['team/backend:latest', 'fail'],
    ['team/backend', 'fail'],
    ['team/backend:2.0.1', 'fail'],
    ['team/backend:2.0.0-rc.1', 'fail'],
    ['team/backend:12.0.0', 'fail'],
  ])('%s is a %s for 2.0.0', (reference, verdict) => {
    expect(judgeTag('2.0.0', [tagged(reference)]).verdict).toBe(verdict);
  });

  it('says of latest what is wrong with it', () => {
    expect(judgeTag('2.0.0', [tagged('team/backend:latest')]).summary).toContain('whatever came last');
  });

  it('fails a tag that means another image in a container, or in the registry', () => {
    const containers = [{ name: 'shop_backend_1', image: ID_B }];
    expect(judgeTag('2.0.0', [tagged('team/backend:2.0.0', { containers })]).summary).toBe(
      'team/backend:2.0.0 is sha256:aaaaaaaaaaaa here, and sha256:bbbbbbbbbbbb in shop_backend_1',
    );
    const known = image('backend', { digests: [`team/backend@${ID_A}`] });
    const registry = (digest: string) =>
      judgeTag('2.0.0', [tagged('team/backend:2.0.0', { image: known, registry: { digest } })]).verdict;
    expect(registry(ID_A)).toBe('pass');
    expect(registry(ID_B)).toBe('fail');
  });

  it('tells which registry was not heard', () => {
    expect(judgeTag('2.0.0', [tagged('team/backend:2.0.0')]).details).toEqual([
      'team/backend:2.0.0: in no registry that is known of',
    ]);
  });

  it('takes a plus of a version as tags have to write it', () => {
    expect(isVersion('v2.0.0_build.1', '2.0.0+build.1')).toBe(true);
    expect(isVersion('2.0.0', 'v2.0.0')).toBe(true);
    expect(isVersion('2.0', '2.0.0')).toBe(false);
  });
});

describe('images.user', () => {
  const judge = (of: KnownImage, ...running: Parameters<typeof judgeUser>[1][number]['running'][number][]) =>
    judgeUser({ from: 1001, to: 1007 }, [{ image: of, running }]);
  const running = (configured: string, uid: number | undefined) => ({ name: 'c1', configured, uid });

  it('passes a number that image, deployment and container agree on', () => {
    const agreed = judge(image('backend', { user: '1001:1001' }, { user: '1001' }), running('1001', 1001));
    expect(agreed).toMatchObject({
      verdict: 'pass',
      summary: 'backend 1001: agreed by images, deployment and 1 containers',
    });
    expect(agreed.details).toBeUndefined();
  });

  it('says that no container was there to be asked', () => {
    expect(judge(image('backend')).details).toEqual([
      'no container of team/backend:2.0.0 runs yet; image and deployment were asked',
    ]);
  });

  it.each<[string, Parameters<typeof judge>, string]>([
    ['no user', [image('a', { user: '' })], 'the image of a says nobody, which is root'],
    ['root by name', [image('a', { user: 'root:1001' })], 'the image of a says root'],
    ['root by number', [image('a', { user: '0' })], 'the image of a says 0, outside of 1001 to 1007'],
    ['a number outside', [image('a', { user: '1008' })], 'the image of a says 1008, outside of 1001 to 1007'],
    ['a name', [image('a', { user: 'node' })], "the image of a says 'node', a name and no number"],
    [
      'a deployment of another',
      [image('a', {}, { user: '1002' })],
      'the image of a says 1001, its deployment 1002',
    ],
    [
      'a deployment of root',
      [image('a', {}, { user: '0:0' })],
      'the deployment of a says 0, outside of 1001 to 1007',
    ],
    ['a container of another', [image('a'), running('1002', 1002)], 'c1 was made for 1002, not for 1001'],
    ['a process of another', [image('a'), running('1001', 1002)], 'c1 runs as 1002, not as 1001'],
    ['a process of root', [image('a'), running('1001', 0)], 'c1 runs as 0, not as 1001'],
    ['an absent image', [absent], 'team/backend:2.0.0, the image of backend, is not on the engine'],
  ])('fails %s', (_, of, fault) => {
    const evidence = judge(...of);
    expect(evidence.verdict).toBe('fail');
    expect(evidence.details).toContain(fault);
  });

  it('believes a name by the number of its process, and judges that', () => {
    const named = image('backend', { user: 'node' });
    expect(judge(named, running('node', 1001))).toMatchObject({
      verdict: 'pass',
      summary: 'backend node (1001 by its process): agreed by images, deployment and 1 containers',
    });
    expect(judge(named, running('node', 1000)).summary).toBe('c1 runs as 1000, outside of 1001 to 1007');
    expect(judge(named, running('node', undefined)).verdict).toBe('fail');
  });
});

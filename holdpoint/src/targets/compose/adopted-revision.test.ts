import { describe, expect, it } from 'vitest';
import { digest } from '../../kernel/ids.ts';
import type { ContainerFacts } from '../../system/docker/facts.ts';
import { adoptedRevision, unlabelled } from './adoption.ts';
import type { ReleaseRecord } from './release.ts';

const container = (service: string, part: Partial<ContainerFacts> = {}): ContainerFacts => ({
  id: service,
  name: service,
  image: `sha256:${service}`,
  reference: `shop/${service}:1.9.0`,
  user: '',
  status: 'running',
  health: 'none',
  outOfMemory: false,
  exitCode: 0,
  pid: 1,
  restarts: 0,
  createdAt: 0,
  startedAt: 0,
  mounts: [],
  addresses: {},
  published: [],
  onHostNetwork: false,
  limits: { memory: 0, cpu: 0 },
  logging: { driver: 'json-file', options: {} },
  ...part,
  labels: {
    'com.docker.compose.service': service,
    'com.docker.compose.oneoff': 'False',
    'com.docker.compose.config-hash': `hash of ${service}`,
    ...part.labels,
  },
});
const SERVICES = ['backend', 'worker'];
const both = [container('worker'), container('backend')];
const record = (
  part: Readonly<Record<string, readonly string[]>>,
  at: number,
  letter: string,
): ReleaseRecord => ({
  revision: { version: '1.9.0', digest: digest(letter.repeat(64)) },
  services: {},
  adopted: { at, services: part },
  document: {},
});

describe('the revision of containers that plain compose has started', () => {
  it('does not depend on their order or number', () => {
    const twice = [container('backend', { id: 'second' }), ...both];
    expect(adoptedRevision(SERVICES, twice, [])).toEqual(adoptedRevision(SERVICES, both, []));
  });

  it('is another one for another image or configuration', () => {
    const first = adoptedRevision(SERVICES, both, []);
    const image = adoptedRevision(
      SERVICES,
      [container('worker'), container('backend', { image: 'sha256:x' })],
      [],
    );
    const labels = { 'com.docker.compose.config-hash': 'changed' };
    const hash = adoptedRevision(SERVICES, [container('worker'), container('backend', { labels })], []);
    expect(new Set([first?.digest, image?.digest, hash?.digest]).size).toBe(3);
  });

  it('stays the recorded one while they are taken away, the newest of several records', () => {
    const whole = unlabelled(SERVICES, both);
    const records = [record(whole, 1, 'a'), record(whole, 2, 'b')];
    for (const left of [both, [container('worker')], [container('backend')]]) {
      expect(adoptedRevision(SERVICES, left, records)?.digest).toBe('b'.repeat(64));
    }
    expect(adoptedRevision(SERVICES, [], records)).toBeUndefined();
    const more = [...both, container('backend', { image: 'sha256:by-hand' })];
    expect(adoptedRevision(SERVICES, more, records)?.digest).not.toBe('b'.repeat(64));
  });

  it.each([
    ['shop/backend:1.9.0', '1.9.0'],
    ['registry.example:5000/shop/backend:1.9.0-rc.1', '1.9.0-rc.1'],
    ['registry.example:5000/shop/backend', 'unlabelled'],
    ['shop/backend', 'unlabelled'],
    [`shop/backend@sha256:${'c'.repeat(64)}`, 'unlabelled'],
    [`sha256:${'c'.repeat(64)}`, 'unlabelled'],
  ])('is called by the tag of %s: %s', (reference, version) => {
    expect(adoptedRevision(['backend'], [container('backend', { reference })], [])?.version).toBe(version);
  });

  it('is called by the label of an image sooner than by a tag', () => {
    const labels = { 'org.opencontainers.image.version': '3.1.4' };
    expect(
      adoptedRevision(SERVICES, [container('backend'), container('worker', { labels })], [])?.version,
    ).toBe('3.1.4');
  });

  it('knows nothing of services that are left alone, and of containers of a run', () => {
    const run = container('backend', { labels: { 'com.docker.compose.oneoff': 'True' } });
    expect(adoptedRevision(SERVICES, [container('postgres'), run], [])).toBeUndefined();
  });
});

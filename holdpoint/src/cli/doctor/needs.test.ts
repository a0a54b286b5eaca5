import { expect, test } from 'vitest';
import { specificationSchema } from '../../release/specification/schema.ts';
import { isCutOffNeeded } from './needs.ts';

const DATABASE = {
  kind: 'postgres',
  url: 'postgres://app:x@db:5432/shop',
  data: '/srv/data',
  migrate: { up: ['up'], down: ['down', '{head}'], status: ['status'] },
};
const PROCESSES = {
  kind: 'process',
  releases: 'releases/{version}',
  services: { backend: { command: ['./serve'], routed: false } },
};
const CONTAINERS = { kind: 'compose', services: { backend: { routed: false } } };

test.each([
  ['processes whose migrations are rehearsed', true, PROCESSES, {}],
  ['processes that may reach what they like', false, PROCESSES, { isolation: 'preferred' }],
  ['processes that nobody rehearses', false, PROCESSES, { enabled: false }],
  ['containers, which the engine cuts off', false, CONTAINERS, {}],
])('for %s bubblewrap is needed: %s', (_what, needed, target, rehearsal) => {
  const database = { ...DATABASE, rehearsal };
  const specification = specificationSchema.parse({ version: 1, name: 'Shop', target, database });
  expect(isCutOffNeeded(specification)).toBe(needed);
});

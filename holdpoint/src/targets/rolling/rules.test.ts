import { describe, expect, it } from 'vitest';
import { NEW, OLD, replica, world } from './fixtures.ts';
import { halt } from './halt.ts';
import { recreate } from './recreate.ts';
import { DEFAULT_RULES, type RollingRules, type RollingService, slotAboveAll } from './replicas.ts';
import { roll } from './roll.ts';

const RULES: RollingRules = { ...DEFAULT_RULES, slot: slotAboveAll };
const BACKEND: RollingService = { name: 'backend', replicas: 2, routed: true };
const EDGE: RollingService = {
  name: 'edge',
  replicas: 1,
  routed: false,
  alone: { reason: 'it publishes port 8080 of the host', expected: 4_200 },
};
const WORKER: RollingService = { name: 'worker', replicas: 1, routed: false };
const lines = (steps: ReturnType<typeof roll>) => steps.map(({ name }) => String(name));

describe('a service that cannot overlap', () => {
  it('is taken away before the new one starts, and the plan says for how long and why', () => {
    const steps = roll([EDGE], world(replica('edge', OLD, 1, { routed: false })), NEW, RULES);
    expect(lines(steps)).toEqual([
      'edge/drain/1.9.0-aaaaaaaa/1',
      'edge/start/2.0.0-bbbbbbbb/1',
      'edge/await-ready/2.0.0-bbbbbbbb/1',
    ]);
    expect(steps[0]).toMatchObject({
      title:
        'drain and stop edge-1 of 1.9.0: about 4 s without edge, since it publishes port 8080 of the host',
      downtime: { service: 'edge', reason: 'it publishes port 8080 of the host', expected: 4_200 },
    });
    expect(steps.slice(1).filter(({ downtime }) => downtime !== undefined)).toEqual([]);
  });

  it('costs nothing the first time', () => {
    expect(roll([EDGE], world(), NEW, RULES).filter(({ downtime }) => downtime !== undefined)).toEqual([]);
  });

  it('frees its name of a dead one before it starts', () => {
    const from = world(replica('edge', NEW, 1, { state: 'dead', routed: false }));
    expect(lines(roll([EDGE], from, NEW, RULES))[0]).toBe('edge/drain/2.0.0-bbbbbbbb/1');
  });
});

describe('what does not change', () => {
  it('stays and only gets its new name', () => {
    const keeps: RollingRules = { ...RULES, keeps: ({ service }) => service === 'edge' };
    const from = world(replica('edge', OLD, 3, { routed: false }));
    const [step, ...rest] = roll([EDGE], from, NEW, keeps);
    expect(rest).toEqual([]);
    expect(step).toEqual({
      name: 'edge/keep/2.0.0-bbbbbbbb/3',
      title: 'leave as it is: edge-3 of 2.0.0',
      action: {
        verb: 'keep',
        service: 'edge',
        replica: 'edge-2.0.0-bbbbbbbb-3',
        revision: { version: '2.0.0', digest: 'b'.repeat(64) },
        former: 'edge-1.9.0-aaaaaaaa-3',
      },
    });
  });
});

describe('without an edge', () => {
  const unsteered: RollingRules = { ...RULES, steered: false };

  it('nothing is routed: a replica has traffic from its start to its end', () => {
    const from = world(replica('backend', OLD, 1), replica('backend', OLD, 2));
    const steps = roll([BACKEND], from, NEW, unsteered);
    expect(lines(steps)).toEqual([
      'backend/start/2.0.0-bbbbbbbb/3',
      'backend/await-ready/2.0.0-bbbbbbbb/3',
      'backend/drain/1.9.0-aaaaaaaa/1',
      'backend/start/2.0.0-bbbbbbbb/4',
      'backend/await-ready/2.0.0-bbbbbbbb/4',
      'backend/drain/1.9.0-aaaaaaaa/2',
    ]);
    expect(steps.flatMap(({ name, widens }) => (widens === undefined ? [] : [String(name)]))).toEqual([
      'backend/start/2.0.0-bbbbbbbb/4',
    ]);
  });

  it('halts by stopping alone', () => {
    expect(lines(halt(world(replica('backend', OLD, 1)), unsteered))).toEqual([
      'backend/drain/1.9.0-aaaaaaaa/1',
    ]);
  });
});

describe('recreate', () => {
  it('stops all that is old before anything new starts, and says what each service is without', () => {
    const recreated = { reason: 'everything is stopped first', expected: 3_000 };
    const all = [BACKEND, WORKER].map((service) => ({ ...service, alone: recreated }));
    const from = world(replica('backend', OLD, 1), replica('backend', OLD, 2), replica('worker', OLD, 1));
    const steps = recreate(all, from, NEW, RULES);
    expect(lines(steps)).toEqual([
      'backend/unroute/1.9.0-aaaaaaaa/1',
      'backend/unroute/1.9.0-aaaaaaaa/2',
      'backend/drain/1.9.0-aaaaaaaa/1',
      'worker/drain/1.9.0-aaaaaaaa/1',
      'backend/drain/1.9.0-aaaaaaaa/2',
      'backend/start/2.0.0-bbbbbbbb/1',
      'backend/start/2.0.0-bbbbbbbb/2',
      'backend/await-ready/2.0.0-bbbbbbbb/1',
      'backend/await-ready/2.0.0-bbbbbbbb/2',
      'backend/route/2.0.0-bbbbbbbb/1',
      'backend/route/2.0.0-bbbbbbbb/2',
      'worker/start/2.0.0-bbbbbbbb/1',
      'worker/await-ready/2.0.0-bbbbbbbb/1',
    ]);
    expect(steps.flatMap(({ name, downtime }) => (downtime === undefined ? [] : [String(name)]))).toEqual([
      'backend/unroute/1.9.0-aaaaaaaa/2',
      'worker/drain/1.9.0-aaaaaaaa/1',
    ]);
  });
});

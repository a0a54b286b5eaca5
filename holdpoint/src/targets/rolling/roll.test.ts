import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest, replicaId } from '../../kernel/ids.ts';
import type { Replica, Revision, World } from '../target.ts';
import { apply, type RollingService, roll, settled } from './roll.ts';
import { replicaIdOf, rollingStep, sameRevision } from './steps.ts';

const revision = (version: string, letter: string): Revision => ({
  version,
  digest: digest(letter.repeat(64)),
});
const OLD = revision('1.9.0', 'a');
const NEW = revision('2.0.0', 'b');
const LOST = revision('2.0.1', 'c');
const BACKEND: RollingService = { name: 'backend', replicas: 2, routed: true };
const WORKER: RollingService = { name: 'worker', replicas: 1, routed: false };

const replica = (
  service: string,
  of: Revision,
  slot: number,
  part: Partial<Pick<Replica, 'state' | 'routed'>> = {},
): Replica => ({
  id: replicaIdOf(service, of, slot),
  service,
  revision: of,
  state: 'ready',
  routed: service !== 'worker',
  startedAt: slot,
  ...part,
});
const world = (...replicas: Replica[]): World => ({ at: 0, replicas });
const names = (services: readonly RollingService[], from: World, to = NEW) =>
  roll(services, from, to).map(({ name }) => String(name));

const rest = (service: string, slot: number) => [
  `${service}/start/2.0.0-bbbbbbbb/${slot}`,
  `${service}/await-ready/2.0.0-bbbbbbbb/${slot}`,
];

describe('roll', () => {
  it('fills an empty world in the declared order', () => {
    expect(names([BACKEND, WORKER], world())).toEqual([
      ...rest('backend', 1),
      'backend/route/2.0.0-bbbbbbbb/1',
      ...rest('backend', 2),
      'backend/route/2.0.0-bbbbbbbb/2',
      ...rest('worker', 1),
    ]);
  });

  it('replaces replica by replica: the new one serves before an old one goes', () => {
    const from = world(replica('backend', OLD, 1), replica('backend', OLD, 2), replica('worker', OLD, 1));
    expect(names([BACKEND, WORKER], from)).toEqual([
      ...rest('backend', 1),
      'backend/route/2.0.0-bbbbbbbb/1',
      'backend/unroute/1.9.0-aaaaaaaa/1',
      'backend/drain/1.9.0-aaaaaaaa/1',
      ...rest('backend', 2),
      'backend/route/2.0.0-bbbbbbbb/2',
      'backend/unroute/1.9.0-aaaaaaaa/2',
      'backend/drain/1.9.0-aaaaaaaa/2',
      ...rest('worker', 1),
      'worker/drain/1.9.0-aaaaaaaa/1',
    ]);
  });

  it('says a step as data and for people', () => {
    expect(roll([WORKER], world(), NEW)[0]).toEqual({
      name: 'worker/start/2.0.0-bbbbbbbb/1',
      title: 'start worker-1 of 2.0.0',
      action: {
        verb: 'start',
        service: 'worker',
        replica: 'worker-2.0.0-bbbbbbbb-1',
        revision: { version: '2.0.0', digest: 'b'.repeat(64) },
      },
    });
  });

  it('has nothing to do in a world that is there already', () => {
    const there = world(replica('backend', NEW, 1), replica('backend', NEW, 2), replica('worker', NEW, 4));
    expect(names([BACKEND, WORKER], there)).toEqual([]);
  });

  it('rolls a same version of other content, and tells the two apart by name', () => {
    const rebuilt = revision('2.0.0', 'd');
    expect(names([WORKER], world(replica('worker', NEW, 1)), rebuilt)).toEqual([
      'worker/start/2.0.0-dddddddd/1',
      'worker/await-ready/2.0.0-dddddddd/1',
      'worker/drain/2.0.0-bbbbbbbb/1',
    ]);
  });

  it('goes on where a crash left it: started but not ready', () => {
    const from = world(
      replica('backend', OLD, 1),
      replica('backend', OLD, 2),
      replica('backend', NEW, 1, { state: 'starting', routed: false }),
    );
    expect(names([BACKEND], from).slice(0, 3)).toEqual([
      'backend/await-ready/2.0.0-bbbbbbbb/1',
      'backend/route/2.0.0-bbbbbbbb/1',
      'backend/unroute/1.9.0-aaaaaaaa/1',
    ]);
  });

  it('takes traffic from a dead replica at once, and removes it last', () => {
    const from = world(
      replica('backend', OLD, 1, { state: 'dead' }),
      replica('backend', NEW, 1),
      replica('backend', OLD, 2),
    );
    expect(names([BACKEND], from)).toEqual([
      'backend/unroute/1.9.0-aaaaaaaa/1',
      ...rest('backend', 2),
      'backend/route/2.0.0-bbbbbbbb/2',
      'backend/unroute/1.9.0-aaaaaaaa/2',
      'backend/drain/1.9.0-aaaaaaaa/2',
      'backend/drain/1.9.0-aaaaaaaa/1',
    ]);
  });

  it('ends a drain that was begun, and never takes its slot', () => {
    const from = world(replica('worker', NEW, 1, { state: 'draining' }));
    expect(names([WORKER], from)).toEqual(['worker/drain/2.0.0-bbbbbbbb/1', ...rest('worker', 1)]);
    const dead = world(replica('worker', NEW, 1, { state: 'dead' }));
    expect(names([WORKER], dead)).toEqual([...rest('worker', 2), 'worker/drain/2.0.0-bbbbbbbb/1']);
  });

  it('touches no old replica before a new one serves, even when the edge lists none', () => {
    const from = world(
      ...[1, 2, 3].map((slot) => replica('backend', OLD, slot, { routed: false, state: 'starting' })),
    );
    expect(names([BACKEND], from).slice(0, 4)).toEqual([
      ...rest('backend', 1),
      'backend/route/2.0.0-bbbbbbbb/1',
      'backend/drain/1.9.0-aaaaaaaa/1',
    ]);
  });

  it('takes down what a shrunk or renamed service leaves behind', () => {
    const from = world(
      replica('worker', NEW, 1),
      replica('worker', NEW, 2),
      replica('retired', OLD, 1, { routed: true }),
    );
    expect(names([WORKER], from)).toEqual([
      'worker/drain/2.0.0-bbbbbbbb/2',
      'retired/unroute/1.9.0-aaaaaaaa/1',
      'retired/drain/1.9.0-aaaaaaaa/1',
    ]);
  });

  it('names a replica that came from elsewhere by its whole id', () => {
    const stray = { ...replica('worker', OLD, 1), id: replicaId('worker-by-hand-7') };
    expect(rollingStep('drain', stray).name).toBe('worker/drain/worker-by-hand-7');
  });
});

const services = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('backend', 'dashboard', 'worker'),
    replicas: fc.integer({ min: 1, max: 4 }),
    routed: fc.boolean(),
  }),
  { selector: ({ name }) => name, minLength: 1 },
);
const worlds = fc
  .uniqueArray(
    fc.record({
      service: fc.constantFrom('backend', 'dashboard', 'worker', 'retired'),
      revision: fc.constantFrom(OLD, NEW, LOST),
      slot: fc.integer({ min: 1, max: 5 }),
      state: fc.constantFrom<Replica['state']>('starting', 'ready', 'ready', 'draining', 'dead'),
      routed: fc.boolean(),
    }),
    { selector: ({ service, revision: of, slot }) => replicaIdOf(service, of, slot), maxLength: 14 },
  )
  .map((parts) =>
    world(
      ...parts.map(({ service, revision: of, slot, state, routed }) =>
        replica(service, of, slot, { state, routed }),
      ),
    ),
  );

const available = (of: World, { name, routed }: RollingService) => ({
  ready: of.replicas.filter(({ service, state }) => service === name && state === 'ready').length,
  serving: of.replicas.filter(
    (one) => one.service === name && one.state === 'ready' && (one.routed || !routed),
  ).length,
});

describe('from any world at all, roll', () => {
  it('ends with the declared number of replicas of the revision alone, ready and routed as declared', () => {
    fc.assert(
      fc.property(services, worlds, (declared, from) => {
        const end = roll(declared, from, NEW).reduce((now, step) => apply(step, now), from);
        expect(end.replicas).toHaveLength(declared.reduce((sum, { replicas }) => sum + replicas, 0));
        for (const { name, replicas, routed } of declared) {
          const own = end.replicas.filter(({ service }) => service === name);
          expect(own).toHaveLength(replicas);
          for (const one of own) expect(one).toMatchObject({ state: 'ready', routed, revision: NEW });
        }
        expect(roll(declared, end, NEW)).toEqual([]);
      }),
    );
  });

  it('never has fewer ready or serving than declared, or than there were when those were fewer', () => {
    fc.assert(
      fc.property(services, worlds, (declared, from) => {
        let now = from;
        for (const step of roll(declared, from, NEW)) {
          now = apply(step, now);
          for (const service of declared) {
            const before = available(from, service);
            const after = available(now, service);
            expect(after.ready).toBeGreaterThanOrEqual(Math.min(service.replicas, before.ready));
            expect(after.serving).toBeGreaterThanOrEqual(Math.min(service.replicas, before.serving));
          }
        }
      }),
    );
  });

  it('only sends traffic to what is ready, and only stops what gets none', () => {
    fc.assert(
      fc.property(services, worlds, (declared, from) => {
        let now = from;
        for (const step of roll(declared, from, NEW)) {
          const id = (step.action as { replica: string }).replica;
          const one = now.replicas.find((candidate) => candidate.id === id);
          if (step.name.includes('/route/')) expect(one).toMatchObject({ state: 'ready', routed: false });
          if (step.name.includes('/drain/')) expect(one).toMatchObject({ routed: false });
          if (step.name.includes('/start/')) expect(one).toBeUndefined();
          now = apply(step, now);
        }
      }),
    );
  });

  it('starts no more than one replica above what is declared or was there', () => {
    fc.assert(
      fc.property(services, worlds, (declared, from) => {
        const living = (of: World, name: string) =>
          of.replicas.filter(({ service, state }) => service === name && state !== 'dead').length;
        let now = from;
        for (const step of roll(declared, from, NEW)) {
          now = apply(step, now);
          for (const { name, replicas } of declared) {
            expect(living(now, name)).toBeLessThanOrEqual(Math.max(replicas, living(from, name)) + 1);
          }
        }
      }),
    );
  });

  it('names each step once, each effect missing before and standing after', () => {
    fc.assert(
      fc.property(services, worlds, (declared, from) => {
        const steps = roll(declared, from, NEW);
        expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
        let now = from;
        for (const step of steps) {
          expect(settled(step, now)).toBe(false);
          now = apply(step, now);
          expect(settled(step, now)).toBe(true);
        }
      }),
    );
  });

  it('plans, from wherever it was cut off, just the rest of the same plan', () => {
    fc.assert(
      fc.property(services, worlds, fc.nat(), (declared, from, cut) => {
        const steps = roll(declared, from, NEW);
        const at = cut % (steps.length + 1);
        const left = steps.slice(0, at).reduce((now, step) => apply(step, now), from);
        expect(roll(declared, left, NEW)).toEqual(steps.slice(at));
      }),
    );
  });

  it('touches no old replica until a new one serves', () => {
    fc.assert(
      fc.property(services, worlds, (declared, from) => {
        const [first] = declared;
        if (first === undefined) return;
        const only = world(
          ...from.replicas.filter(
            ({ service, state, revision: of }) =>
              service === first.name && !sameRevision(of, NEW) && state !== 'dead' && state !== 'draining',
          ),
        );
        const proof = first.routed ? 'route' : 'await-ready';
        const plan = names([first], only);
        const proven = plan.indexOf(`${first.name}/${proof}/2.0.0-bbbbbbbb/1`);
        for (const name of plan.slice(0, proven)) expect(name).toContain('/2.0.0-bbbbbbbb/');
      }),
    );
  });
});

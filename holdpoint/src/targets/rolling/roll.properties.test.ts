import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Replica, World } from '../target.ts';
import { LOST, NEW, names, OLD, replica, world } from './fixtures.ts';
import { apply, type RollingService, roll, settled } from './roll.ts';
import { replicaIdOf, sameRevision } from './steps.ts';

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
      { numRuns: 400 },
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

  it('gives the new revision no more than its first replica has without saying so, nor says so without need', () => {
    const inTraffic = (of: World, name: string) => {
      const all = of.replicas.filter(
        ({ service, state, routed }) =>
          service === name && routed && (state === 'starting' || state === 'ready'),
      );
      const fresh = all.filter((one) => sameRevision(one.revision, NEW)).length;
      return { fresh, old: all.length - fresh };
    };
    fc.assert(
      fc.property(services, worlds, (declared, from) => {
        let now = from;
        for (const step of roll(declared, from, NEW)) {
          const service = declared.find(({ name }) => step.name.startsWith(`${name}/`));
          const before = inTraffic(now, service?.name ?? '');
          now = apply(step, now);
          const after = inTraffic(now, service?.name ?? '');
          if (service === undefined || !service.routed || before.old === 0) {
            expect(step.widens, step.name).toBeUndefined();
            continue;
          }
          if (step.widens !== undefined) {
            expect(step.widens).toEqual({
              service: service.name,
              fresh: before.fresh,
              of: service.replicas,
            });
            expect(before.fresh).toBeGreaterThan(0);
            continue;
          }
          expect(after.fresh, step.name).toBeLessThanOrEqual(Math.max(1, before.fresh));
          if (after.old === 0) expect(after.fresh, step.name).not.toBe(1);
        }
      }),
      { numRuns: 400 },
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

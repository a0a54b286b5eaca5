import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Replica, World } from '../target.ts';
import { LOST, NEW, OLD, replica, world } from './fixtures.ts';
import { recreate } from './recreate.ts';
import { lowestFreeSlot, type RollingRules, type RollingService, slotAboveAll } from './replicas.ts';
import { apply, roll, settled } from './roll.ts';
import { readAction, sameRevision, slotOf } from './steps.ts';

const NAMES = ['backend', 'edge', 'worker'] as const;
const alone = { reason: 'it publishes port 80 of the host', expected: 4_200 };
const services = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...NAMES),
      replicas: fc.integer({ min: 1, max: 3 }),
      routed: fc.boolean(),
      only: fc.boolean(),
    }),
    { selector: ({ name }) => name, minLength: 1 },
  )
  .map((all) =>
    all.map(({ only, ...service }): RollingService => (only ? { ...service, replicas: 1, alone } : service)),
  );
/** As on an engine: no two containers of a service have one number, whatever they are made of. */
const worlds = fc
  .uniqueArray(
    fc.record({
      service: fc.constantFrom(...NAMES, 'retired'),
      revision: fc.constantFrom(OLD, NEW, LOST),
      slot: fc.integer({ min: 1, max: 6 }),
      state: fc.constantFrom<Replica['state']>('starting', 'ready', 'ready', 'draining', 'dead'),
      routed: fc.boolean(),
    }),
    { selector: ({ service, slot }) => `${service} ${slot}`, maxLength: 10 },
  )
  .map((parts) =>
    parts.map(({ service, revision, slot, state, routed }) =>
      replica(service, revision, slot, { state, routed }),
    ),
  );
const rules = fc.record({
  slot: fc.constantFrom(slotAboveAll, lowestFreeSlot),
  steered: fc.boolean(),
  keeps: fc.constantFrom<RollingRules['keeps'][]>(
    () => false,
    ({ service, revision }) => service === 'edge' && sameRevision(revision, OLD),
  ),
});
const ways = fc.constantFrom(roll, recreate);

/** Where no edge is told, what runs has traffic. */
const asFound = (
  replicas: readonly Replica[],
  declared: readonly RollingService[],
  { steered }: RollingRules,
): World =>
  world(
    ...replicas.map((one) => {
      const routes = declared.some(({ name, routed }) => name === one.service && routed);
      const runs = one.state === 'starting' || one.state === 'ready';
      return steered ? one : { ...one, routed: routes && runs };
    }),
  );

describe('with any rules, a plan', () => {
  it('ends with the declared replicas of the revision alone, having passed each step once', () => {
    fc.assert(
      fc.property(ways, services, worlds, rules, (way, declared, found, how) => {
        const from = asFound(found, declared, how);
        const steps = way(declared, from, NEW, how);
        expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
        let now = from;
        for (const step of steps) {
          expect(settled(step, now), step.name).toBe(false);
          now = apply(step, now);
          expect(settled(step, now), step.name).toBe(true);
        }
        expect(now.replicas).toHaveLength(declared.reduce((sum, { replicas }) => sum + replicas, 0));
        for (const { name, replicas, routed } of declared) {
          const own = now.replicas.filter(({ service }) => service === name);
          expect(own).toHaveLength(replicas);
          for (const one of own) expect(one).toMatchObject({ state: 'ready', routed, revision: NEW });
        }
        expect(way(declared, now, NEW, how)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('is, from wherever it was cut off, just the rest of the same plan', () => {
    fc.assert(
      fc.property(ways, services, worlds, rules, fc.nat(), (way, declared, found, how, cut) => {
        const from = asFound(found, declared, how);
        const steps = way(declared, from, NEW, how);
        const at = cut % (steps.length + 1);
        const left = steps.slice(0, at).reduce((now, step) => apply(step, now), from);
        expect(way(declared, left, NEW, how)).toEqual(steps.slice(at));
      }),
      { numRuns: 300 },
    );
  });

  it('numbers a new replica one above all that its service has, so that no id is ever met twice', () => {
    fc.assert(
      fc.property(ways, services, worlds, (way, declared, found) => {
        const how: RollingRules = { slot: slotAboveAll, steered: true, keeps: () => false };
        let now = world(...found);
        for (const step of way(declared, now, NEW, how)) {
          const { verb, service, replica: id } = readAction(step);
          if (verb === 'start') {
            const own = now.replicas.filter((one) => one.service === service);
            expect(own.map((one) => one.id)).not.toContain(id);
            const slot = slotOf({ id, service, revision: NEW });
            expect(slot).toBe(Math.max(0, ...own.map((one) => slotOf(one) ?? 0)) + 1);
          }
          now = apply(step, now);
          const ids = now.replicas.map((one) => one.id);
          expect(new Set(ids).size).toBe(ids.length);
        }
      }),
    );
  });

  it('never has old and new of a service beside each other that cannot overlap', () => {
    fc.assert(
      fc.property(ways, services, worlds, rules, (way, declared, found, how) => {
        let now = asFound(found, declared, how);
        for (const step of way(declared, now, NEW, { ...how, keeps: () => false })) {
          const { verb, service } = readAction(step);
          const only = declared.some((one) => one.name === service && one.alone !== undefined);
          if (verb === 'start' && only) {
            const own = now.replicas.filter((one) => one.service === service);
            expect(
              own.filter(({ revision, state }) => state === 'dead' || !sameRevision(revision, NEW)),
            ).toEqual([]);
          }
          now = apply(step, now);
        }
      }),
    );
  });

  it('says of each service at most once from where on nobody serves, and just there', () => {
    fc.assert(
      fc.property(ways, services, worlds, rules, (way, declared, found, how) => {
        let now = asFound(found, declared, how);
        const serving = (of: World, { name, routed }: RollingService) =>
          of.replicas.filter(
            (one) => one.service === name && one.state === 'ready' && (one.routed || !routed),
          ).length;
        for (const step of way(declared, now, NEW, how)) {
          const before = now;
          now = apply(step, now);
          const { service } = readAction(step);
          const own = declared.find(({ name }) => name === service);
          if (own?.alone === undefined) continue;
          const ends = serving(before, own) > 0 && serving(now, own) === 0;
          expect(step.downtime, step.name).toEqual(ends ? { service, ...alone } : undefined);
          expect(step.title.includes('without')).toBe(ends);
        }
      }),
    );
  });
});

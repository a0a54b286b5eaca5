import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asHoldpointError } from '../kernel/errors.ts';
import { replicaId } from '../kernel/ids.ts';
import type { Authority, Replica, Revision, Target, TargetStep, World } from './target.ts';

/** A machine for one test, with two releases on it and nothing running. */
export interface TargetRig {
  readonly target: Target;
  /** A second target on the same machine, as another process would have it. */
  reopen(): Target;
  readonly versions: { readonly first: string; readonly second: string; readonly missing: string };
  /** Declared replicas by service. */
  readonly declared: Readonly<Record<string, number>>;
  /** Services that the edge sends traffic to. */
  readonly routed: readonly string[];
  removeRelease(version: string): Promise<void>;
  changeRelease(version: string): Promise<void>;
  kill(replica: Replica): Promise<void>;
  /** Stops everything; called however the test ended. */
  close(): Promise<void>;
}

const authority = (fence = 1): Authority => ({ fence, signal: new AbortController().signal });
const failure = async (promise: Promise<unknown>) =>
  promise.then(() => expect.fail('it should have been refused'), asHoldpointError);

/** What every target must do; each implementation runs it on a machine of its own. */
export function describeTargetContract(name: string, makeRig: () => Promise<TargetRig>): void {
  describe(`target contract: ${name}`, () => {
    let rig: TargetRig;
    beforeEach(async () => {
      rig = await makeRig();
    });
    afterEach(() => rig?.close());

    const running = (world: World, revision: Revision) => {
      for (const [service, count] of Object.entries(rig.declared)) {
        const own = world.replicas.filter((replica) => replica.service === service);
        expect(own).toHaveLength(count);
        for (const replica of own) {
          expect(replica).toMatchObject({
            revision,
            state: 'ready',
            routed: rig.routed.includes(service),
          });
        }
      }
      expect(world.replicas).toHaveLength(Object.values(rig.declared).reduce((a, b) => a + b, 0));
    };
    const performAll = async (
      revision: Revision,
      after?: (step: TargetStep, world: World) => void,
    ): Promise<readonly TargetStep[]> => {
      const steps = rig.target.roll(await rig.target.inspect(), revision);
      for (const step of steps) {
        await rig.target.perform(step, authority());
        if (after !== undefined) after(step, await rig.target.inspect());
      }
      return steps;
    };

    it('starts from an empty machine; each effect is missing before its step and stands after it', async () => {
      const revision = await rig.target.resolve(rig.versions.first);
      let world = await rig.target.inspect();
      expect(world.replicas).toEqual([]);
      for (const step of rig.target.roll(world, revision)) {
        // A replica may get ready by itself before it is waited for.
        if (!step.name.includes('/await-ready/')) expect(rig.target.settled(step, world)).toBe(false);
        await rig.target.perform(step, authority());
        world = await rig.target.inspect();
        expect(rig.target.settled(step, world)).toBe(true);
      }
      running(world, revision);
      expect(rig.target.roll(world, revision)).toEqual([]);
      expect([...rig.target.services].sort()).toEqual(Object.keys(rig.declared).sort());
    });

    it('rolls forward and back without fewer ready or routed replicas than declared at any time', async () => {
      const first = await rig.target.resolve(rig.versions.first);
      const second = await rig.target.resolve(rig.versions.second);
      await performAll(first);
      const enough = (step: TargetStep, world: World) => {
        for (const [service, count] of Object.entries(rig.declared)) {
          const ready = world.replicas.filter((one) => one.service === service && one.state === 'ready');
          expect(ready.length, step.name).toBeGreaterThanOrEqual(count);
          if (!rig.routed.includes(service)) continue;
          expect(ready.filter(({ routed }) => routed).length, step.name).toBeGreaterThanOrEqual(count);
        }
      };
      await performAll(second, enough);
      running(await rig.target.inspect(), second);
      await performAll(first, enough);
      running(await rig.target.inspect(), first);
    });

    it('says of each step beyond the first new replica that it widens, and of none of a first deployment', async () => {
      const first = await rig.target.resolve(rig.versions.first);
      const second = await rig.target.resolve(rig.versions.second);
      const said = (steps: readonly TargetStep[]) => steps.flatMap(({ widens }) => widens ?? []);
      expect(said(await performAll(first))).toEqual([]);
      const before = await rig.target.inspect();
      const planned = said(rig.target.roll(before, second));
      for (const [service, of] of Object.entries(rig.declared)) {
        const own = planned.filter((one) => one.service === service);
        // Each further replica is started and routed; where one is all, the last old one is taken away.
        const further = Array.from({ length: of - 1 }, (_, index) => ({ service, fresh: index + 1, of }));
        const wanted = of === 1 ? [{ service, fresh: 1, of }] : further.flatMap((one) => [one, one]);
        expect(own).toEqual(rig.routed.includes(service) ? wanted : []);
      }
      expect(said(rig.target.halt(before))).toEqual([]);
    });

    it('halts: nothing takes traffic before the first replica is stopped, and none is left', async () => {
      const first = await rig.target.resolve(rig.versions.first);
      await performAll(first);
      const steps = rig.target.halt(await rig.target.inspect());
      for (const step of steps) {
        const { replicas } = await rig.target.inspect();
        if (step.name.includes('/drain/')) expect(replicas.filter(({ routed }) => routed)).toEqual([]);
        await rig.target.perform(step, authority());
      }
      const halted = await rig.target.inspect();
      expect(halted.replicas).toEqual([]);
      expect(rig.target.halt(halted)).toEqual([]);
      await performAll(first);
      running(await rig.target.inspect(), first);
    });

    it('does nothing twice when every step is performed twice', async () => {
      const first = await rig.target.resolve(rig.versions.first);
      const second = await rig.target.resolve(rig.versions.second);
      await performAll(first);
      for (const step of rig.target.roll(await rig.target.inspect(), second)) {
        await rig.target.perform(step, authority());
        const once = await rig.target.inspect();
        await rig.reopen().perform(step, authority());
        const twice = await rig.target.inspect();
        expect(twice.replicas.map(({ id, pid }) => [id, pid])).toEqual(
          once.replicas.map(({ id, pid }) => [id, pid]),
        );
      }
      running(await rig.target.inspect(), second);
    });

    it('is continued by another process from the machine alone, wherever it was cut off', async () => {
      const first = await rig.target.resolve(rig.versions.first);
      const second = await rig.target.resolve(rig.versions.second);
      await performAll(first);
      const planned = rig.target.roll(await rig.target.inspect(), second).map((step) => step.name);
      const done: string[] = [];
      for (;;) {
        const target = rig.reopen();
        const [step] = target.roll(await target.inspect(), second);
        if (step === undefined) break;
        const refused = { fence: 1, signal: AbortSignal.abort() };
        expect((await failure(target.perform(step, refused))).code).toBe('cancelled');
        await target.perform(step, authority());
        done.push(step.name);
      }
      const required = planned.filter((step) => !step.includes('/await-ready/'));
      expect(done.filter((step) => !step.includes('/await-ready/'))).toEqual(required);
      running(await rig.target.inspect(), second);
    });

    it('sees a replica that died, and replaces it', async () => {
      const first = await rig.target.resolve(rig.versions.first);
      await performAll(first);
      const [victim] = (await rig.target.inspect()).replicas;
      if (victim === undefined) return expect.fail('nothing runs');
      await rig.kill(victim);
      const world = await rig.target.inspect();
      expect(world.replicas.find(({ id }) => id === victim.id)?.state).toBe('dead');
      await performAll(first);
      running(await rig.target.inspect(), first);
    });

    it('refuses a revision that is gone or changed, before anything changes', async () => {
      const { first, second, missing } = rig.versions;
      const [one, two] = [await rig.target.resolve(first), await rig.target.resolve(second)];
      expect((await failure(rig.target.resolve(missing))).code).toBe('not-found');
      await rig.target.assertAvailable(one);
      await rig.removeRelease(first);
      await rig.changeRelease(second);
      const gone = await failure(rig.target.assertAvailable(one));
      expect(gone.code).toBe('not-found');
      expect(gone.next).toEqual(expect.any(String));
      expect((await failure(rig.target.assertAvailable(two))).code).toBe('conflict');
      expect((await rig.target.inspect()).replicas).toEqual([]);
    });

    it('refuses a fence lower than one it has seen, also in another process', async () => {
      const first = await rig.target.resolve(rig.versions.first);
      const [start, ready] = rig.target.roll(await rig.target.inspect(), first);
      if (start === undefined || ready === undefined) return expect.fail('nothing to do');
      await rig.target.perform(start, authority(7));
      for (const target of [rig.target, rig.reopen()]) {
        expect((await failure(target.perform(ready, authority(6)))).code).toBe('lease-lost');
      }
      await rig.reopen().perform(ready, authority(7));
      await rig.reopen().perform(ready, authority(8));
    });

    it('hands over the last lines of a replica, and none of one that never was', async () => {
      await performAll(await rig.target.resolve(rig.versions.first));
      const [replica] = (await rig.target.inspect()).replicas;
      if (replica === undefined) return expect.fail('nothing runs');
      expect(await rig.target.logs(replica.id, 1)).toHaveLength(1);
      expect(await rig.target.logs(replicaId('never'), 1)).toEqual([]);
    });
  });
}

import { describe, expect, it } from 'vitest';
import type { EventOf, EventType, LoggedEvent } from './events.ts';
import { fold } from './fold.ts';
import { type End, mortalLog } from './mortal-log.fixture.ts';
import { makeRig, type Rig, serving, willingDesk } from './run.fixture.ts';
import { NEW } from './system.fixture.ts';

const PATIENCE = 600_000;
const rollout = { widen: 0.2, patience: PATIENCE };
/** Long enough for what is held: the other times of the plan are as short as ever. */
const WATCH = { rollout, window: 3_600_000 };

const rigOf = (replicas: number, watch: Parameters<typeof makeRig>[0] = {}): Rig =>
  makeRig({ replicas, watch: WATCH, ...watch });
const bodies = <Type extends EventType>(events: readonly LoggedEvent[], type: Type) =>
  events.flatMap(({ body }) => (body.type === type ? [body as EventOf<Type>] : []));
const freshOnes = ({ machine }: Rig): number =>
  machine.world.replicas.filter(
    ({ service, revision, routed }) => service === 'backend' && routed && revision.digest === NEW.digest,
  ).length;

describe('a roll-out under traffic', () => {
  it('is held at its first new replica, and goes on by itself once enough was shown', async () => {
    const rig = rigOf(3);
    expect(await rig.deploy('2.0.0')).toMatchObject({ kind: 'closed', outcome: 'promoted' });
    const events = await rig.events();
    expect(bodies(events, 'rollout.held')[0]).toMatchObject({
      service: 'backend',
      fresh: 1,
      of: 3,
      needs: expect.any(Number),
      summary: expect.stringMatching(/^(errors|latency) needs about [\d,]+ more requests$/),
    });
    expect(bodies(events, 'rollout.widened')).toEqual([
      expect.objectContaining({
        fresh: 1,
        of: 3,
        summary: expect.stringMatching(
          /^errors kept its limit in [\d,]+ requests \(.* : 1\), latency kept its limit in/,
        ),
      }),
      expect.objectContaining({ fresh: 2, of: 3 }),
    ]);
    const second = events.findIndex(
      ({ body }) => body.type === 'step.intended' && body.step.endsWith('backend/start/2.0.0-bbbbbbbb/2'),
    );
    expect(second).toBeGreaterThan(events.findIndex(({ body }) => body.type === 'rollout.widened'));
    expect(fold(events).checks.has('watch.rollout')).toBe(false);
    expect(rig.machine.effects).toEqual([...new Set(rig.machine.effects)]);
  });

  it('asks less before a third of four than before more than half of them', async () => {
    const rig = rigOf(4);
    await rig.deploy('2.0.0');
    const events = await rig.events();
    const at = (fresh: number) =>
      events.find(({ body }) => body.type === 'rollout.widened' && body.fresh === fresh)?.at ?? 0;
    const trials = (fresh: number) =>
      Number(
        /in ([\d,]+) requests/
          .exec(bodies(events, 'rollout.widened').find((one) => one.fresh === fresh)?.summary ?? '')?.[1]
          ?.replaceAll(',', ''),
      );
    expect(at(1)).toBeLessThanOrEqual(at(2));
    expect(trials(1)).toBeLessThanOrEqual(trials(2));
  });

  it('with one declared replica is held before the last old one is taken away', async () => {
    const rig = rigOf(1);
    await rig.deploy('2.0.0');
    const events = await rig.events();
    const [widened] = bodies(events, 'rollout.widened');
    expect(widened).toMatchObject({ service: 'backend', fresh: 1, of: 1 });
    const unrouted = events.findIndex(
      ({ body }) => body.type === 'step.intended' && body.step.includes('backend/unroute/1.9.0'),
    );
    expect(unrouted).toBeGreaterThan(events.findIndex(({ body }) => body.type === 'rollout.widened'));
  });

  it('of a bad version never gets beyond the first replica', async () => {
    const rig = rigOf(3);
    let most = 0;
    const perform = rig.project.target.perform;
    rig.project.target.perform = async (step, authority) => {
      const outcome = await perform(step, authority);
      most = Math.max(
        most,
        rig.machine.world.replicas.filter(
          ({ service, routed, revision }) => service === 'backend' && routed && revision.version === '2.0.1',
        ).length,
      );
      return outcome;
    };
    expect(await rig.deploy('2.0.1')).toMatchObject({ outcome: 'rolled-back' });
    expect(most).toBe(1);
    expect(serving(rig)).toEqual({ '1.9.0': 4 });
  });

  it('is not held on the way back, nor where nothing served before, nor where it is turned off', async () => {
    for (const rig of [rigOf(3, { serving: 'nothing' }), rigOf(3, { watch: { rollout: 'off' } })]) {
      expect(await rig.deploy('2.0.0')).toMatchObject({ outcome: 'promoted' });
      expect(fold(await rig.events()).rollout).toEqual([]);
    }
  });
});

describe('a roll-out that nobody uses', () => {
  async function held(): Promise<Rig> {
    const rig = rigOf(3);
    rig.network.traffic.perSecond = 0;
    expect(await rig.deploy('2.0.0')).toMatchObject({
      kind: 'waiting',
      what: [
        expect.stringMatching(/^backend is held at 1 of 3: undecided: .* more requests, and none comes$/),
      ],
      next: expect.stringContaining('holdpoint sign watch.rollout --waive'),
    });
    return rig;
  }

  it('waits for a person once its patience is over, with one new replica beside the old ones', async () => {
    const rig = await held();
    expect(freshOnes(rig)).toBe(1);
    const events = await rig.events();
    const evidence = fold(events).checks.get('watch.rollout')?.evidence;
    expect(evidence).toMatchObject({
      verdict: 'inconclusive',
      next: expect.stringContaining('watch.synthetic'),
    });
    const [start, end] = ['rollout.held', 'check.settled'].map(
      (type) =>
        events.find(
          ({ body }) =>
            body.type === type && (body.type !== 'check.settled' || body.check === 'watch.rollout'),
        )?.at ?? 0,
    );
    expect((end ?? 0) - (start ?? 0)).toBeGreaterThanOrEqual(PATIENCE);
  });

  it('is waited for again by a resume, and recorded as held once', async () => {
    const rig = await held();
    expect(await rig.resume()).toMatchObject({ kind: 'waiting' });
    expect(bodies(await rig.events(), 'rollout.held')).toHaveLength(1);
    expect(freshOnes(rig)).toBe(1);
  });

  it('goes on at once when a person waives it, and says who', async () => {
    const rig = await held();
    const waive = async (check: string) =>
      check === 'watch.rollout' || check.startsWith('watch.')
        ? { name: 'Edsger', reason: 'nobody uses it at night', until: '2099-01-01' }
        : undefined;
    await rig.resume({ desk: { ...willingDesk, waive } });
    const events = await rig.events();
    expect(fold(events).closed?.outcome ?? 'open').toBe('promoted');
    expect(bodies(events, 'rollout.widened').map(({ summary }) => summary)).toEqual([
      'waived by Edsger until 2099-01-01: nobody uses it at night',
      'waived by Edsger until 2099-01-01: nobody uses it at night',
    ]);
  });

  it('goes on by itself when requests come after all', async () => {
    const rig = await held();
    rig.network.traffic.perSecond = 50;
    expect(await rig.resume()).toMatchObject({ outcome: 'promoted' });
    expect(fold(await rig.events()).checks.get('watch.rollout')?.evidence.verdict).toBe('pass');
  });

  it('can be taken on by a waiver that is given elsewhere while it is held', async () => {
    const rig = await held();
    const waiting = rig.resume();
    await rig.clock.wait(30_000);
    const { project } = rig;
    await project.log.append('run-1', rig.clock.now(), {
      type: 'item.waived',
      check: 'watch.rollout',
      by: { name: 'Edsger' },
      reason: 'known',
      until: '2099-01-01',
    });
    await waiting;
    const [first] = bodies(await rig.events(), 'rollout.widened');
    expect(first?.summary).toBe('waived by Edsger until 2099-01-01: known');
  });
});

describe('a roll-out that cannot be measured', () => {
  it('waits for a person, and says that no replica has answered', async () => {
    const rig = rigOf(3);
    rig.network.silent.add('/metrics');
    expect(await rig.deploy('2.0.0')).toMatchObject({
      kind: 'waiting',
      what: [expect.stringMatching(/held at 1 of 3: undecided: no replica has answered at \d+ looks/)],
    });
    expect(freshOnes(rig)).toBe(1);
  });

  it('waits at once where nothing is declared that requests are judged by', async () => {
    const rig = rigOf(3, { watch: { ...WATCH, services: ['nobody'] } });
    expect(await rig.deploy('2.0.0')).toMatchObject({
      kind: 'waiting',
      what: ['backend is held at 1 of 3: undecided: no metric tells how its requests end'],
    });
    const events = await rig.events();
    const at = bodies(events, 'rollout.held');
    expect(at).toHaveLength(1);
    expect((events.at(-1)?.at ?? 0) - (events[0]?.at ?? 0)).toBeLessThan(PATIENCE);
  });
});

/** Numbers, from 1, of the events between which a roll-out is held for the first time and let on for the last. */
async function heldSpan(): Promise<readonly number[]> {
  const rig = rigOf(3);
  await rig.deploy('2.0.0');
  const events = await rig.events();
  const first = events.findIndex(({ body }) => body.type === 'rollout.held');
  const last = events.findLastIndex(({ body }) => body.type === 'rollout.widened');
  return Array.from({ length: last - first + 3 }, (_, index) => first + index);
}

describe.each<End>(['lost', 'written', 'interrupted'])('a process that ends (%s)', (end) => {
  it('at any event of a roll-out that is held leaves it to the next, which does nothing twice', async () => {
    const span = await heldSpan();
    expect(span.length).toBeGreaterThan(5);
    for (const at of span) {
      const rig = rigOf(3);
      const { log, signal, ended } = mortalLog(rig.project.log, at, end);
      await rig.deploy('2.0.0', { log, signal }).catch(() => undefined);
      const where = `${end} at ${at}`;
      expect(ended(), where).toBe(true);
      await rig.resume();
      const events = await rig.events();
      expect(fold(events).closed?.outcome, where).toBe('promoted');
      expect(rig.machine.effects, where).toEqual([...new Set(rig.machine.effects)]);
      const widened = bodies(events, 'rollout.widened').map(({ fresh }) => fresh);
      expect(widened, where).toEqual([1, 2]);
      const held = bodies(events, 'rollout.held').map(({ fresh }) => fresh);
      expect(held, where).toEqual([...new Set(held)]);
    }
  });
});

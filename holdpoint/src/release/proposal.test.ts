import { describe, expect, test } from 'vitest';
import type { Choice, Desk, Proposal } from './desk.ts';
import type { EventBody } from './events.ts';
import { fold } from './fold.ts';
import type { RunLog } from './log/log.ts';
import { makeRig, type Rig, serving, willingDesk } from './run.fixture.ts';

const MINUTES = 60_000;
const stateOf = async (rig: Rig) => fold(await rig.events());

/** The journey of the users breaks as soon as it is run; does more at the events that are meant. */
function breaking(rig: Rig, also: (body: EventBody) => void = () => undefined): RunLog {
  const { log } = rig.project;
  return {
    ...log,
    async append(...args) {
      const event = await log.append(...args);
      const [, , body] = args;
      if (body.type === 'phase.started' && body.phase === 'smoke')
        rig.network.broken.set('2.0.0 /things', 500);
      also(body);
      return event;
    },
  };
}

const deskThat = (choose: (proposal: Proposal) => Promise<Choice | undefined>): Desk => ({
  ...willingDesk,
  choose,
});
const keeping = async (): Promise<Choice> => ({ name: 'Grace', answer: 'keep' });

describe('a failure of high severity', () => {
  test('goes back at once where nobody is there to say otherwise', async () => {
    const rig = makeRig();
    expect(await rig.deploy('2.0.0', { log: breaking(rig) })).toMatchObject({ outcome: 'rolled-back' });
    const { proposal, rollback } = await stateOf(rig);
    expect(proposal).toMatchObject({ severity: 'high', phase: 'smoke' });
    expect(rollback).toMatchObject({ severity: 'high', by: 'holdpoint', at: proposal?.at });
  });

  test('goes back by the word of whoever is asked', async () => {
    const rig = makeRig();
    const desk = deskThat(async () => ({ name: 'Grace', answer: 'roll back' }));
    expect(await rig.deploy('2.0.0', { desk, log: breaking(rig) })).toMatchObject({ outcome: 'rolled-back' });
    expect((await stateOf(rig)).rollback).toMatchObject({ by: 'Grace' });
  });

  test('is kept while somebody looks, and goes back by itself when fifteen minutes are over', async () => {
    const rig = makeRig();
    expect(await rig.deploy('2.0.0', { desk: deskThat(keeping), log: breaking(rig) })).toMatchObject({
      outcome: 'rolled-back',
    });
    const { proposal, rollback } = await stateOf(rig);
    expect(proposal?.until).toBe((proposal?.at ?? 0) + 15 * MINUTES);
    expect(rollback).toMatchObject({ by: 'holdpoint', at: proposal?.until });
  });

  test('goes back by itself also when nobody has answered the question by then', async () => {
    const rig = makeRig();
    const desk = deskThat(
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(undefined), { once: true });
        }),
    );
    expect(await rig.deploy('2.0.0', { desk, log: breaking(rig) })).toMatchObject({ outcome: 'rolled-back' });
    const { proposal, rollback } = await stateOf(rig);
    expect(rollback?.at).toBe(proposal?.until);
  });

  test('goes on when what failed is waived meanwhile', async () => {
    const rig = makeRig();
    const desk = deskThat(async () => {
      const reason = 'the journey is wrong';
      const by = { name: 'Edsger' };
      const waiver = { type: 'item.waived', check: 'smoke.crud', by, reason, until: '2030-01-01' } as const;
      await rig.project.log.append('run-1', rig.clock.now(), waiver);
      return keeping();
    });
    expect(await rig.deploy('2.0.0', { desk, log: breaking(rig) })).toMatchObject({ outcome: 'promoted' });
    expect(serving(rig)).toEqual({ '2.0.0': 3 });
  });

  test('does not wait any longer once the watch calls the release bad', async () => {
    const rig = makeRig();
    const log = breaking(rig, ({ type }) => {
      if (type === 'rollback.proposed') rig.network.errors.set('2.0.0', 0.5);
    });
    const desk = deskThat(keeping);
    expect(await rig.deploy('2.0.0', { desk, log })).toMatchObject({ outcome: 'rolled-back' });
    const { proposal, rollback } = await stateOf(rig);
    expect(rollback).toMatchObject({ severity: 'critical' });
    expect(rollback?.at).toBeLessThan(proposal?.until ?? 0);
  });

  test('is given its time once, however often the run is cut off meanwhile', async () => {
    const rig = makeRig();
    const interruption = new AbortController();
    const leaving = deskThat(async () => {
      interruption.abort(new DOMException('interrupted', 'AbortError'));
      return keeping();
    });
    const attempt = { desk: leaving, log: breaking(rig), signal: interruption.signal };
    expect(await rig.deploy('2.0.0', attempt)).toMatchObject({ kind: 'stopped' });
    const first = (await stateOf(rig)).proposal;
    await rig.clock.wait(10 * MINUTES);
    expect(await rig.resume({ desk: deskThat(keeping) })).toMatchObject({ outcome: 'rolled-back' });
    const { proposal, rollback } = await stateOf(rig);
    expect(proposal).toEqual(first);
    expect(rollback?.at).toBe(first?.until);
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WayBack } from '../rehearsal/rehearsal.ts';
import { virtualClock } from './clock.fixture.ts';
import { absentDesk, type Desk } from './desk.ts';
import type { EventType } from './events.ts';
import { fold } from './fold.ts';
import { makeRig, type Rig, serving, willingDesk } from './run.fixture.ts';
import type { RunState } from './state.ts';
import { easyPostgres, rehearsalsOf } from './system.fixture.ts';

const clock = virtualClock();
let database: Awaited<ReturnType<typeof easyPostgres>>;
beforeAll(async () => {
  database = await easyPostgres(clock);
});
afterAll(() => database.close());

const RESTORE: WayBack = {
  kind: 'database',
  by: 'restore',
  reasons: ['the old version did not start on the migrated copy'],
};
const EVERYTHING = ['lay-beside', 'stop-server', 'swap', 'start-server', 'compare'];

function rigged(wayBack: WayBack): Rig {
  const rig = makeRig({ database: database.url, clock });
  rig.rehearsals.shows = { ...rig.rehearsals.shows, wayBack };
  return rig;
}
const stateOf = async (rig: Rig): Promise<RunState> => fold(await rig.events());
const count = async (rig: Rig, type: EventType): Promise<number> =>
  (await rig.events()).filter(({ body }) => body.type === type).length;
const untouched = (rig: Rig): void => {
  expect(rig.schema.ran).toEqual([]);
  expect(rig.machine.effects).toEqual([]);
};
const answering = (lossLimit?: number): { desk: Desk } => ({
  desk: {
    ...willingDesk,
    acceptWayBack: async () => ({
      name: 'Edsger',
      reason: 'the column has to go',
      ...(lossLimit === undefined ? {} : { lossLimit }),
    }),
  },
});

describe('before anything is touched', () => {
  test('a rehearsal decides that the old code comes back alone, and its finding is the evidence', async () => {
    const rig = makeRig({ database: database.url, clock });
    expect(await rig.deploy('2.0.0')).toMatchObject({ outcome: 'promoted' });
    const { wayBack, checks, wayBackAccepted } = await stateOf(rig);
    expect(wayBack).toMatchObject({ kind: 'code-only', backup: 'backup-1' });
    expect(wayBackAccepted).toBeUndefined();
    expect(checks.get('database.migrations')).toMatchObject({
      phase: 'rehearse',
      evidence: { verdict: 'pass', summary: 'the migration took 1 s' },
    });
  });

  test.each<WayBack>([RESTORE, { ...RESTORE, by: 'down' }, { kind: 'none', reasons: ['no backup'] }])(
    'a way back that is not by code alone ($kind, $by) waits for a named person',
    async (wayBack) => {
      const rig = rigged(wayBack);
      const waiting = { kind: 'waiting', next: expect.stringContaining('holdpoint sign way-back') };
      expect(await rig.deploy('2.0.0')).toMatchObject(waiting);
      expect(await rig.resume({ desk: absentDesk })).toMatchObject(waiting);
      expect(rig.rehearsals.count).toBe(1);
      untouched(rig);
      expect(await rig.resume(answering())).toMatchObject({ outcome: 'promoted' });
      expect((await stateOf(rig)).wayBackAccepted).toMatchObject({ by: { name: 'Edsger' } });
    },
  );

  test('a rehearsal that fails stops the run; once mended, a resume rehearses again', async () => {
    const rig = makeRig({ database: database.url, clock });
    const { evidence, wayBack } = rehearsalsOf().shows;
    rig.rehearsals.shows = { evidence: { verdict: 'fail', summary: 'the migration broke off' }, wayBack };
    expect(await rig.deploy('2.0.0')).toMatchObject({ kind: 'stopped', error: { code: 'check-failed' } });
    untouched(rig);
    rig.rehearsals.shows = { evidence, wayBack };
    expect(await rig.resume()).toMatchObject({ outcome: 'promoted' });
    expect(rig.rehearsals.count).toBe(2);
  });

  test('what a named person waives of it lets the run go on, and a waiver from before it does not', async () => {
    const rig = makeRig({
      database: database.url,
      clock,
      checklist: '# Release\n\n- [ ] Migrations are sound <!-- holdpoint: database.migrations -->\n',
    });
    rig.rehearsals.shows = {
      ...rig.rehearsals.shows,
      evidence: { verdict: 'fail', summary: 'it locks the table for 9 s' },
    };
    const waive = async () => ({ name: 'Edsger', reason: 'seen', until: '2030-01-01' });
    let asked = 0;
    const once: Desk = {
      ...willingDesk,
      waive: async () => {
        asked += 1;
        return asked === 1 ? waive() : undefined;
      },
    };
    expect(await rig.deploy('2.0.0', { desk: once })).toMatchObject({ kind: 'stopped' });
    expect(asked).toBe(2);
    untouched(rig);
    expect(await rig.resume({ desk: { ...willingDesk, waive } })).toMatchObject({ outcome: 'promoted' });
  });

  test('without a rehearsal the way back is not proven, and waits for a named person too', async () => {
    const rig = makeRig({ database: database.url, clock });
    const project = { ...rig.project, rehearser: undefined };
    const { carryOn } = await import('./run.ts');
    const { openRun } = await import('./open-run.ts');
    const { RUN } = await import('./run.fixture.ts');
    await openRun(project, RUN, { version: '2.0.0', by: { name: 'Ada' }, startsAt: undefined });
    const end = await carryOn({ ...(await rig.context()), project });
    expect(end).toMatchObject({ kind: 'waiting' });
    expect((await stateOf(rig)).wayBack).toMatchObject({
      kind: 'database',
      by: 'restore',
      reasons: ['nothing was rehearsed: it is turned off'],
    });
    untouched(rig);
  });
});

describe('a release that needs the database to come back', () => {
  test('restores it when nothing was written since, with every replica stopped, and only then starts the old code', async () => {
    const rig = rigged(RESTORE);
    expect(await rig.deploy('2.0.1', answering())).toMatchObject({ outcome: 'rolled-back' });
    expect(rig.store.restored).toEqual(EVERYTHING);
    expect(serving(rig)).toEqual({ '1.9.0': 3 });
    const order = (await rig.events()).flatMap(({ body }) =>
      body.type === 'step.done' && body.phase === 'rollback' ? [body.step] : [],
    );
    const at = (part: string): number => order.findIndex((step) => step.includes(part));
    const last = (part: string): number => order.findLastIndex((step) => step.includes(part));
    expect(at('lay-beside')).toBeLessThan(at('/drain/'));
    expect(last('/drain/2.0.1')).toBeLessThan(at('stop-server'));
    expect(at('compare')).toBeLessThan(at('/start/1.9.0'));
    expect(await count(rig, 'loss.measured')).toBe(2);
  });

  test('shows what would be lost and waits for a named person; until then nothing is taken back', async () => {
    const rig = rigged(RESTORE);
    rig.store.written = 12;
    const waiting = {
      kind: 'waiting',
      what: expect.arrayContaining(['app.public.things: 12 inserted, 0 updated, 0 deleted']),
      next: expect.stringContaining('holdpoint sign loss'),
    };
    expect(await rig.deploy('2.0.1', answering())).toMatchObject(waiting);
    expect(await rig.resume()).toMatchObject(waiting);
    expect(rig.store.restored).toEqual([]);
    expect(serving(rig)['2.0.1']).toBeGreaterThan(0);
    expect([...rig.told].filter((key) => key.startsWith('waiting '))).toHaveLength(1);
    const accepting: Desk = { ...willingDesk, acceptLoss: async () => ({ name: 'Grace', reason: 'tests' }) };
    expect(await rig.resume({ desk: accepting })).toMatchObject({ outcome: 'rolled-back' });
    expect(rig.store.restored).toEqual(EVERYTHING);
    expect((await stateOf(rig)).lossAccepted).toMatchObject({ by: { name: 'Grace' } });
  });

  test.each([
    [60_000, 'rolled-back'],
    [59_999, undefined],
  ])('needs no second word for as much as was given up beforehand (%d ms)', async (lossLimit, outcome) => {
    const rig = rigged(RESTORE);
    rig.store.written = 3;
    const end = await rig.deploy('2.0.1', answering(lossLimit));
    expect(end).toMatchObject(outcome === undefined ? { kind: 'waiting' } : { outcome });
  });

  test('serves on when something was written at the last moment, until somebody gives it up', async () => {
    const rig = rigged(RESTORE);
    const { lossSince } = rig.store.engine;
    let looks = 0;
    Object.assign(rig.store.engine, {
      lossSince: async (id: string) => {
        looks += 1;
        rig.store.written = looks > 1 ? 1 : 0;
        return lossSince(id);
      },
    });
    expect(await rig.deploy('2.0.1', answering())).toMatchObject({ kind: 'waiting' });
    expect(rig.store.restored).toEqual(['lay-beside']);
    expect(serving(rig)).toEqual({ '2.0.1': 3 });
  });

  test('takes the migration back with everything stopped, where that is proven to lose nothing', async () => {
    const rig = rigged({ ...RESTORE, by: 'down' });
    rig.store.written = 12;
    expect(await rig.deploy('2.0.1', answering())).toMatchObject({ outcome: 'rolled-back' });
    expect(rig.schema).toMatchObject({ current: '0003', ran: ['up', 'down 0003'] });
    expect(rig.store.restored).toEqual([]);
    expect(serving(rig)).toEqual({ '1.9.0': 3 });
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WayBack } from '../rehearsal/rehearsal.ts';
import { virtualClock } from './clock.fixture.ts';
import type { Desk } from './desk.ts';
import { fold } from './fold.ts';
import { findChainFaults } from './log/chain.ts';
import { type End, mortalLog } from './mortal-log.fixture.ts';
import { makeRig, type Rig, RUN, serving, willingDesk } from './run.fixture.ts';
import { easyPostgres } from './system.fixture.ts';

const clock = virtualClock();
let database: Awaited<ReturnType<typeof easyPostgres>>;
beforeAll(async () => {
  database = await easyPostgres(clock);
});
afterAll(() => database.close());

const desk: Desk = {
  ...willingDesk,
  acceptWayBack: async () => ({ name: 'Edsger', reason: 'the column has to go' }),
};

const rollbacks = async (rig: Rig): Promise<number> =>
  (await rig.events()).filter(({ body }) => body.type === 'rollback.decided').length;

/** Deploys a version in a process that ends at its `at`-th event, and goes on in another; undefined past the last. */
async function endedAt(version: string, at: number, end: End, wayBack?: WayBack): Promise<Rig | undefined> {
  const rig = makeRig({ database: database.url, clock, replicas: 1 });
  if (wayBack !== undefined) rig.rehearsals.shows = { ...rig.rehearsals.shows, wayBack };
  const { log, signal, ended } = mortalLog(rig.project.log, at, end);
  const where = `${end} at event ${at}`;
  const first = await rig.deploy(version, { desk, log, signal }).catch(() => undefined);
  if (!ended()) return undefined;
  const before = await rig.events();
  const decided = await rollbacks(rig);
  // What was interrupted stays as it is: nobody has the right to go back either.
  if (end === 'interrupted' && first?.kind !== 'closed') {
    expect(first, where).toMatchObject({ kind: 'stopped', error: { code: 'cancelled' } });
  }
  await (before.length === 0 ? rig.deploy(version, { desk }) : rig.resume({ desk }));
  const events = await rig.events();
  expect(events[before.length - 1]?.hash, `${where}: an event was lost`).toBe(before.at(-1)?.hash);
  expect(findChainFaults(events, await rig.project.log.head(RUN)), where).toEqual([]);
  expect(rig.unannounced, `${where}: an effect without an intent`).toEqual([]);
  expect(rig.machine.effects, `${where}: an effect twice`).toEqual([...new Set(rig.machine.effects)]);
  expect(rig.schema.ran, where).toEqual(['up']);
  expect(rig.store.backups, where).toHaveLength(1);
  expect(rig.told.size, where).toBe(2);
  if (version === '2.0.0') expect(decided, where).toBe(0);
  return rig;
}

test.each<End>(['lost', 'written', 'interrupted'])(
  'a good release whose process ends at any event (%s) is promoted by a resume, and nothing happens twice',
  async (end) => {
    let at = 1;
    for (; ; at += 1) {
      const rig = await endedAt('2.0.0', at, end);
      if (rig === undefined) break;
      const { closed, checks, signatures } = fold(await rig.events());
      expect(closed?.outcome, `${end} at ${at}`).toBe('promoted');
      expect(serving(rig), `${end} at ${at}`).toEqual({ '2.0.0': 2 });
      expect(rig.machine.effects).toHaveLength(8);
      expect(signatures.map(({ role }) => role)).toEqual(['deployer', 'reviewer', 'approver']);
      for (const id of [
        'configuration.environment',
        'verify.replicas',
        'verify.api',
        'smoke.crud',
        'watch.errors',
      ]) {
        expect(checks.get(id)?.evidence.verdict, `${id}, ${end} at ${at}`).toBe('pass');
      }
    }
    expect(at).toBeGreaterThan(60);
  },
);

test.each<End>(['lost', 'written', 'interrupted'])(
  'a bad release whose process ends at any event (%s) is rolled back by a resume, and nothing happens twice',
  async (end) => {
    let at = 1;
    for (; ; at += 1) {
      const rig = await endedAt('2.0.1', at, end);
      if (rig === undefined) break;
      expect(fold(await rig.events()).closed?.outcome, `${end} at ${at}`).toBe('rolled-back');
      expect(serving(rig), `${end} at ${at}`).toEqual({ '1.9.0': 2 });
      expect(await rollbacks(rig)).toBe(1);
    }
    expect(at).toBeGreaterThan(40);
  },
);

test.each<End>(['lost', 'written', 'interrupted'])(
  'a release that needs the database to come back restores it once, wherever its process ends (%s)',
  async (end) => {
    const wayBack: WayBack = {
      kind: 'database',
      by: 'restore',
      reasons: ['the old version needs the column'],
    };
    let at = 1;
    for (; ; at += 1) {
      const rig = await endedAt('2.0.1', at, end, wayBack);
      if (rig === undefined) break;
      const where = `${end} at ${at}`;
      expect(fold(await rig.events()).closed?.outcome, where).toBe('rolled-back');
      expect(serving(rig), where).toEqual({ '1.9.0': 2 });
      const steps = ['lay-beside', 'stop-server', 'swap', 'start-server', 'compare'];
      expect(rig.store.restored, where).toEqual(steps);
    }
    expect(at).toBeGreaterThan(60);
  },
);

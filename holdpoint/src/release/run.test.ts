import { afterEach, describe, expect, test } from 'vitest';
import { HoldpointError } from '../kernel/errors.ts';
import type { StepName } from '../kernel/ids.ts';
import { settles } from '../kernel/verdict.ts';
import { virtualClock } from './clock.fixture.ts';
import { absentDesk, type Desk } from './desk.ts';
import type { EventBody } from './events.ts';
import { fold } from './fold.ts';
import { findChainFaults } from './log/chain.ts';
import { CHECKLIST, makeRig, type Rig, RUN, serving, willingDesk } from './run.fixture.ts';
import type { RunState } from './state.ts';
import { BAD, easyPostgres, NEW, OLD } from './system.fixture.ts';

const rigs: Rig[] = [];
const rigged = (...situation: Parameters<typeof makeRig>): Rig => {
  const rig = makeRig(...situation);
  rigs.push(rig);
  return rig;
};

afterEach(async () => {
  for (const rig of rigs.splice(0)) {
    expect(findChainFaults(await rig.events(), await rig.project.log.head(RUN))).toEqual([]);
    expect(rig.unannounced).toEqual([]);
    expect(rig.machine.effects).toEqual([...new Set(rig.machine.effects)]);
  }
});

const stateOf = async (rig: Rig): Promise<RunState> => fold(await rig.events());
const typesOf = async (rig: Rig): Promise<readonly string[]> =>
  (await rig.events()).map(({ body }) => body.type);
const phasesOf = async (rig: Rig): Promise<Record<string, string | undefined>> =>
  Object.fromEntries([...(await stateOf(rig)).phases].map(([name, { verdict }]) => [name, verdict]));

/** Does something at the first event that is meant, as the world would beside the run. */
function when(
  rig: Rig,
  meant: (body: EventBody) => boolean,
  happens: () => void,
): { log: Rig['project']['log'] } {
  const { log } = rig.project;
  let waiting = true;
  return {
    log: {
      ...log,
      async append(run, at, body) {
        const event = await log.append(run, at, body);
        if (waiting && meant(body)) {
          waiting = false;
          happens();
        }
        return event;
      },
    },
  };
}

const begins = (phase: string) => (body: EventBody) => body.type === 'phase.started' && body.phase === phase;

describe('a good release', () => {
  test('goes through all phases and is promoted, every item by evidence', async () => {
    const rig = rigged();
    expect(await rig.deploy('2.0.0')).toEqual({
      kind: 'closed',
      outcome: 'promoted',
      summary: '2.0.0 is in service',
    });
    expect(await phasesOf(rig)).toEqual({
      readiness: 'attested',
      notify: 'pass',
      backup: 'not-applicable',
      rehearse: 'not-applicable',
      migrate: 'not-applicable',
      deploy: 'pass',
      verify: 'pass',
      smoke: 'pass',
      watch: 'pass',
      signoff: 'attested',
    });
    expect(serving(rig)).toEqual({ '2.0.0': 3 });
    const { checks, attestations, watch } = await stateOf(rig);
    for (const item of rig.project.checklist.parsed.items) {
      const settled =
        item.binding?.kind === 'check'
          ? settles(checks.get(item.binding.check)?.evidence.verdict ?? 'inconclusive')
          : attestations.has(item.id);
      expect(settled, item.text).toBe(true);
    }
    expect(watch.decided?.verdict).toBe('good');
  });

  test('is not deployed again when it is taken up once more', async () => {
    const rig = rigged();
    await rig.deploy('2.0.0');
    const before = await rig.events();
    expect(await rig.resume()).toMatchObject({ kind: 'closed', outcome: 'promoted' });
    expect(await rig.events()).toEqual(before);
  });

  test('is in service once it is signed for, and stays open for what is due in days until that is answered', async () => {
    const rig = rigged({
      checklist: `${CHECKLIST}\n## Later (T+1 week)\n\n- [ ] Lessons are written down\n`,
    });
    const promoted = { kind: 'promoted', what: [expect.stringContaining('Lessons are written down')] };
    expect(await rig.deploy('2.0.0')).toMatchObject(promoted);
    expect([...rig.told].some((key) => key.startsWith('promoted '))).toBe(true);
    expect(await rig.resume({ desk: absentDesk })).toMatchObject(promoted);
    expect((await stateOf(rig)).closed).toBeUndefined();
    expect(await rig.resume()).toMatchObject({ kind: 'closed', outcome: 'promoted' });
    expect((await typesOf(rig)).filter((type) => type === 'release.promoted')).toHaveLength(1);
  });

  test('backs up and proves the copy, rehearses on it, migrates, and then deploys', async () => {
    const clock = virtualClock();
    const database = await easyPostgres(clock);
    try {
      const rig = rigged({ clock, database: database.url });
      expect(await rig.deploy('2.0.0')).toMatchObject({ outcome: 'promoted' });
      const order = (await rig.events()).flatMap(({ body }) =>
        body.type === 'step.intended' || body.type === 'step.done'
          ? [`${body.type} ${body.step}`]
          : body.type === 'check.settled' && body.check === 'database.backup'
            ? [`${body.check} ${body.evidence.verdict}`]
            : [],
      );
      expect(order.slice(0, 10)).toEqual([
        'step.intended backup/create',
        'step.done backup/create',
        'database.backup pass',
        'step.intended migrate/before',
        'step.done migrate/before',
        'step.intended rehearse/1/run',
        'step.done rehearse/1/run',
        'step.intended migrate/up',
        'step.done migrate/up',
        'step.intended deploy/0/backend/start/2.0.0-bbbbbbbb/1',
      ]);
      expect(rig.schema).toMatchObject({ current: '0004', ran: ['up'] });
    } finally {
      await database.close();
    }
  });
});

describe('before anything is changed', () => {
  const effects = (rig: Rig) => [...rig.machine.effects, ...rig.schema.ran, ...rig.store.backups];

  test('a check that fails stops the run, and a resume goes on once it is mended', async () => {
    const rig = rigged();
    delete rig.variables['TOKEN'];
    expect(await rig.deploy('2.0.0')).toMatchObject({ kind: 'stopped', error: { code: 'check-failed' } });
    expect(effects(rig)).toEqual([]);
    expect(rig.told.size).toBe(0);
    expect(await phasesOf(rig)).toEqual({ readiness: 'fail' });
    rig.variables['TOKEN'] = 'a-long-and-random-word';
    expect(await rig.resume()).toMatchObject({ kind: 'closed', outcome: 'promoted' });
  });

  test('a check that breaks is an error and no failure, and stops the run as missing evidence', async () => {
    const rig = rigged({ checklist: CHECKLIST.replace('configuration.environment', 'monitoring.logs') });
    expect(await rig.deploy('2.0.0')).toMatchObject({ kind: 'stopped', error: { code: 'evidence-missing' } });
    expect((await stateOf(rig)).checks.get('monitoring.logs')?.evidence.verdict).toBe('error');
    expect(effects(rig)).toEqual([]);
  });

  test('a check that could not look is waived by a named person, and the waiver shows what was found', async () => {
    const rig = rigged({ checklist: CHECKLIST.replace('configuration.environment', 'monitoring.logs') });
    const waive: Desk['waive'] = async () => ({
      name: 'Edsger',
      reason: 'Loki comes next week',
      until: '2026-04-01',
    });
    expect(await rig.deploy('2.0.0', { desk: { ...willingDesk, waive } })).toMatchObject({
      outcome: 'promoted',
    });
    expect((await stateOf(rig)).waivers.get('monitoring.logs')).toMatchObject({ by: { name: 'Edsger' } });
    expect((await phasesOf(rig))['readiness']).toBe('waived');
  });

  test('an item that a person must see makes the run wait, with status and words, and their word lets it go on', async () => {
    const rig = rigged();
    const end = await rig.deploy('2.0.0', { desk: absentDesk });
    expect(end).toMatchObject({
      kind: 'waiting',
      what: ['reviewer: The team was told (before/the-team-was-told)'],
    });
    expect((await stateOf(rig)).waiting).toMatchObject({ phase: 'readiness' });
    expect(effects(rig)).toEqual([]);
    // Asked again while nobody has answered: nothing new is said.
    const before = await rig.events();
    expect(await rig.resume({ desk: absentDesk })).toMatchObject({ kind: 'waiting' });
    expect(await rig.events()).toEqual(before);
    const { journal } = await rig.context();
    const attested = {
      type: 'item.attested',
      by: { name: 'Grace' },
      role: 'reviewer',
      note: 'seen',
    } as const;
    await journal.record({ ...attested, item: 'before/the-team-was-told' });
    expect(await rig.resume({ desk: absentDesk })).toMatchObject({
      kind: 'waiting',
      what: [
        'the signature of the deployer',
        'the signature of the reviewer',
        'the signature of the approver',
      ],
    });
    expect(serving(rig)).toEqual({ '2.0.0': 3 });
    expect(await rig.resume()).toMatchObject({ kind: 'closed', outcome: 'promoted' });
  });

  test('an item that a person refuses stops the run as a failure', async () => {
    const rig = rigged();
    const attest: Desk['attest'] = async () => ({ name: 'Grace', answer: 'refuse', note: 'nobody was told' });
    expect(await rig.deploy('2.0.0', { desk: { ...willingDesk, attest } })).toMatchObject({
      kind: 'stopped',
      error: { code: 'check-failed' },
    });
    expect(effects(rig)).toEqual([]);
  });

  test('a backup that cannot be read back stops the run before the migration', async () => {
    const rig = rigged({ database: 'postgres://nobody@127.0.0.1:1/app' });
    rig.store.sound = false;
    expect(await rig.deploy('2.0.0')).toMatchObject({ kind: 'stopped', error: { code: 'check-failed' } });
    expect(rig.schema.ran).toEqual([]);
    expect(rig.machine.effects).toEqual([]);
  });

  test('a start that was planned is waited for, and days are left to a resume', async () => {
    const clock = virtualClock();
    const start = clock.now() + 5 * 86_400_000;
    const rig = rigged({ clock, startsAt: start });
    expect(await rig.deploy('2.0.0')).toMatchObject({
      kind: 'waiting',
      next: expect.stringContaining('2026-03-06'),
    });
    expect(rig.machine.effects).toEqual([]);
    expect((await stateOf(rig)).waiting).toMatchObject({ phase: 'migrate' });
    await clock.wait(5 * 86_400_000 - 3_600_000);
    expect(await rig.resume()).toMatchObject({ outcome: 'promoted' });
    expect((await stateOf(rig)).deployedAt).toBe(start);
  });
});

describe('a release that fails is rolled back as a whole', () => {
  const rolledBack = async (rig: Rig): Promise<RunState> => {
    expect(serving(rig)).toEqual({ '1.9.0': 3 });
    for (const replica of rig.machine.world.replicas.filter(({ service }) => service === 'backend'))
      expect(replica.routed).toBe(true);
    const state = await stateOf(rig);
    expect(state.closed?.outcome).toBe('rolled-back');
    expect(state.phases.get('rollback')?.verdict).toBe('pass');
    expect(state.checks.get('rollback/verify.replicas')?.evidence.verdict).toBe('pass');
    expect([...rig.told].some((key) => key.startsWith('rolled-back '))).toBe(true);
    return state;
  };

  test.each([
    'backend/start/2.0.0-bbbbbbbb/1',
    'backend/await-ready/2.0.0-bbbbbbbb/1',
    'backend/drain/1.9.0-aaaaaaaa/1',
    'backend/await-ready/2.0.0-bbbbbbbb/2',
    'worker/await-ready/2.0.0-bbbbbbbb/1',
    'worker/drain/1.9.0-aaaaaaaa/1',
  ])('when the step %s breaks', async (name) => {
    for (const failure of ['before', 'after'] as const) {
      const rig = rigged();
      rig.machine.failures.set(name as StepName, failure);
      expect(await rig.deploy('2.0.0')).toMatchObject({
        kind: 'closed',
        outcome: 'rolled-back',
        summary: expect.stringContaining('broken on purpose'),
      });
      const state = await rolledBack(rig);
      expect(state.rollback).toMatchObject({ severity: 'critical', by: 'holdpoint' });
      const step = [...state.steps.values()].find((one) => one.name === `deploy/0/${name}`);
      // What died has left its last words in the log.
      expect(step).toMatchObject({ status: 'failed', fault: { details: ['last words'] } });
    }
  });

  test('when more of its requests fail than may, and the watch ends the deployment at once', async () => {
    const rig = rigged();
    rig.network.errors.set(BAD.version, 0.3);
    expect(await rig.deploy('2.0.1')).toMatchObject({ outcome: 'rolled-back' });
    const state = await rolledBack(rig);
    expect(state.rollback).toMatchObject({
      severity: 'critical',
      reason: expect.stringContaining('errors:'),
    });
    expect(state.watch.decided?.verdict).toBe('bad');
    expect(await phasesOf(rig)).toMatchObject({ deploy: 'fail' });
    expect(await phasesOf(rig)).not.toHaveProperty('verify');
    // The way back begins from where the deployment was ended: what had not been replaced was left alone.
    expect(rig.machine.effects).not.toContain('worker/drain/1.9.0-aaaaaaaa/1');
  });

  test.each(['verify', 'smoke', 'watch'])('when it turns bad during %s', async (phase) => {
    const rig = rigged();
    const turning = when(rig, begins(phase), () => rig.network.errors.set(NEW.version, 0.9));
    const end = await rig.deploy('2.0.0', turning);
    expect(end).toMatchObject({ kind: 'closed', outcome: 'rolled-back' });
    const state = await rolledBack(rig);
    expect(state.watch.decided?.verdict).toBe('bad');
    expect(state.signatures).toEqual([]);
  });

  test('when a replica dies while it is watched', async () => {
    const rig = rigged();
    const dying = when(rig, begins('watch'), () => {
      const { replicas } = rig.machine.world;
      rig.machine.world = {
        ...rig.machine.world,
        replicas: replicas.map((one, index) => (index === 0 ? { ...one, state: 'dead' } : one)),
      };
    });
    expect(await rig.deploy('2.0.0', dying)).toMatchObject({ outcome: 'rolled-back' });
    expect((await rolledBack(rig)).rollback?.reason).toContain('died');
  });

  test('when it does not answer as it should', async () => {
    const rig = rigged();
    const breaking = when(rig, begins('verify'), () => rig.network.broken.set('2.0.0 /things', 503));
    expect(await rig.deploy('2.0.0', breaking)).toMatchObject({ outcome: 'rolled-back' });
    const { checks, rollback } = await rolledBack(rig);
    expect(rollback).toMatchObject({ severity: 'high' });
    expect(checks.get('verify.api')?.evidence.verdict).toBe('fail');
  });

  test('when a journey of its users breaks', async () => {
    const rig = rigged();
    const breaking = when(rig, begins('smoke'), () => rig.network.broken.set('2.0.0 /things', 500));
    expect(await rig.deploy('2.0.0', breaking)).toMatchObject({ outcome: 'rolled-back' });
    expect(await phasesOf(rig)).toMatchObject({ verify: 'pass', smoke: 'fail' });
    await rolledBack(rig);
  });

  test('when the migration stops half-way: the schema goes back, and the old version never stopped serving', async () => {
    const clock = virtualClock();
    const database = await easyPostgres(clock);
    try {
      const rig = rigged({ clock, database: database.url });
      rig.schema.stopsAt = '0003a';
      expect(await rig.deploy('2.0.0')).toMatchObject({ kind: 'closed', outcome: 'rolled-back' });
      expect(rig.schema).toMatchObject({ current: '0003', ran: ['up', 'down 0003'] });
      expect(rig.machine.effects).toEqual([]);
      await rolledBack(rig);
      expect(await phasesOf(rig)).not.toHaveProperty('deploy');
    } finally {
      await database.close();
    }
  });

  test('after a whole migration only the code goes back: the old version was running beside it', async () => {
    const clock = virtualClock();
    const database = await easyPostgres(clock);
    try {
      const rig = rigged({ clock, database: database.url });
      expect(await rig.deploy('2.0.1')).toMatchObject({ outcome: 'rolled-back' });
      expect(rig.schema).toMatchObject({ current: '0004', ran: ['up'] });
      await rolledBack(rig);
    } finally {
      await database.close();
    }
  });
});

describe('a log that cannot be written', () => {
  test('stops the run where it is, also when there is room again a moment later; a resume goes on', async () => {
    const rig = rigged();
    const { log } = rig.project;
    let full = true;
    const filling: Rig['project']['log'] = {
      ...log,
      async append(...args) {
        const [, , body] = args;
        if (full && body.type === 'step.done' && body.phase === 'deploy') {
          full = false;
          throw new HoldpointError('unreachable', 'the disk is full');
        }
        return log.append(...args);
      },
    };
    const stopped = { kind: 'stopped', error: { code: 'unreachable', message: 'the disk is full' } };
    expect(await rig.deploy('2.0.0', { log: filling })).toMatchObject(stopped);
    expect(await typesOf(rig)).not.toContain('rollback.decided');
    expect(await rig.resume()).toMatchObject({ outcome: 'promoted' });
  });
});

describe('what could not be asked after the deployment', () => {
  test('holds the release where it is, and a waiver by a person lets it go on', async () => {
    const rig = rigged({ checklist: CHECKLIST.replace('verify.api', 'verify.login') });
    expect(await rig.deploy('2.0.0')).toMatchObject({ kind: 'stopped', error: { code: 'evidence-missing' } });
    expect(await typesOf(rig)).not.toContain('rollback.decided');
    expect(serving(rig)).toEqual({ '2.0.0': 3 });
    const waive: Desk['waive'] = async () => ({
      name: 'Edsger',
      reason: 'tried by hand',
      until: '2026-04-01',
    });
    expect(await rig.resume({ desk: { ...willingDesk, waive } })).toMatchObject({ outcome: 'promoted' });
  });

  test('counts as no pass either, when it is the watch that saw nothing', async () => {
    const rig = rigged();
    rig.network.silent.add('/metrics');
    expect(await rig.deploy('2.0.0')).toMatchObject({ kind: expect.not.stringMatching('closed') });
    const { checks, closed } = await stateOf(rig);
    expect(closed).toBeUndefined();
    expect(checks.get('watch.errors')?.evidence.verdict ?? 'inconclusive').toBe('inconclusive');
    expect(serving(rig)).toEqual({ '2.0.0': 3 });
  });
});

describe('a way back that fails', () => {
  test('stays open with what failed, and a resume takes it to its end', async () => {
    const rig = rigged();
    rig.machine.failures.set('backend/await-ready/1.9.0-aaaaaaaa/1' as StepName, 'before');
    rig.network.errors.set(BAD.version, 0.9);
    const drained = when(rig, begins('verify'), () => rig.network.errors.set(NEW.version, 0.9));
    expect(await rig.deploy('2.0.0', drained)).toMatchObject({
      kind: 'stopped',
      error: { code: 'command-failed' },
    });
    expect((await stateOf(rig)).closed).toBeUndefined();
    rig.machine.failures.clear();
    expect(await rig.resume()).toMatchObject({ kind: 'closed', outcome: 'rolled-back' });
    expect(serving(rig)).toEqual({ '1.9.0': 3 });
    expect((await typesOf(rig)).filter((type) => type === 'rollback.decided')).toHaveLength(1);
  });

  test('to a release that is not there any more is refused before anything changes, and said so', async () => {
    const rig = rigged();
    const gone = when(rig, begins('verify'), () => {
      rig.machine.releases.delete(OLD.version);
      rig.network.errors.set(NEW.version, 0.9);
    });
    expect(await rig.deploy('2.0.0', gone)).toMatchObject({ kind: 'stopped', error: { code: 'not-found' } });
    expect(serving(rig)).toEqual({ '2.0.0': 3 });
  });
});

describe('a first deployment', () => {
  test('is promoted as any other', async () => {
    const rig = rigged({ serving: 'nothing' });
    expect(await rig.deploy('2.0.0')).toMatchObject({ outcome: 'promoted' });
  });

  test('that fails is closed as failed, and claims no way back', async () => {
    const rig = rigged({ serving: 'nothing' });
    rig.machine.failures.set('backend/await-ready/2.0.0-bbbbbbbb/2' as StepName, 'before');
    expect(await rig.deploy('2.0.0')).toMatchObject({
      kind: 'closed',
      outcome: 'failed',
      summary: expect.stringContaining('there is no version to go back to'),
    });
    expect(await typesOf(rig)).not.toContain('rollback.decided');
    expect(await phasesOf(rig)).not.toHaveProperty('rollback');
  });
});

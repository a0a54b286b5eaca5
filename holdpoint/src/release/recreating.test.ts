import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HoldpointError } from '../kernel/errors.ts';
import type { Message } from '../notify/message.ts';
import { virtualClock } from './clock.fixture.ts';
import { fold } from './fold.ts';
import { makeRig, type Rig, serving } from './run.fixture.ts';
import { easyPostgres, OLD } from './system.fixture.ts';

describe('where the old version ends before the new one begins', () => {
  let rig: Rig;
  let close: () => Promise<void>;
  beforeEach(async () => {
    const clock = virtualClock();
    const database = await easyPostgres(clock);
    close = database.close;
    rig = makeRig({ clock, database: database.url, recreates: true });
  });
  afterEach(async () => {
    expect(rig.unannounced).toEqual([]);
    await close();
  });

  const doneSteps = async (): Promise<readonly string[]> =>
    (await rig.events()).flatMap(({ body }) => (body.type === 'step.done' ? [body.step] : []));

  test('everything stops, then the schema changes, then the new version starts', async () => {
    expect(await rig.deploy('2.0.0')).toMatchObject({ kind: 'closed', outcome: 'promoted' });
    const steps = await doneSteps();
    const migrated = steps.indexOf('migrate/up');
    const halting = steps.filter((step) => /^migrate\/0\//.test(step));
    expect(halting.length).toBeGreaterThanOrEqual(3);
    for (const step of halting) expect(steps.indexOf(step), step).toBeLessThan(migrated);
    for (const step of steps.filter((one) => one.startsWith('deploy/'))) {
      expect(steps.indexOf(step), step).toBeGreaterThan(migrated);
    }
    expect(serving(rig)).toEqual({ '2.0.0': 3 });
    const plans = fold(await rig.events()).plans.map(({ phase, direction }) => `${phase} ${direction}`);
    expect(plans).toEqual(['migrate forward', 'deploy forward']);
  });

  test('nothing stops where nothing is to be migrated, until the new version comes', async () => {
    rig.schema.current = '0004';
    await rig.deploy('2.0.0');
    expect((await doneSteps()).filter((step) => step.startsWith('migrate/0/'))).toEqual([]);
  });

  test('a migration that fails brings the old version back into service', async () => {
    rig.schema.stopsAt = '0003.5';
    expect(await rig.deploy('2.0.0')).toMatchObject({ kind: 'closed', outcome: 'rolled-back' });
    expect(rig.schema.current).toBe('0003');
    expect(serving(rig)).toEqual({ [OLD.version]: 3 });
  });

  test('a step to the halt that cannot reach its end brings the old version back as well', async () => {
    rig.machine.failures.set('backend/drain/1.9.0-aaaaaaaa/2', 'before');
    const end = await rig.deploy('2.0.0');
    expect(end).toMatchObject({ kind: 'closed', outcome: 'rolled-back' });
    expect(rig.schema.ran).toEqual([]);
    expect(serving(rig)).toEqual({ [OLD.version]: 3 });
  });

  test('killed between the halt and the schema, a resume goes on from there', async () => {
    const stop = new AbortController();
    const { exec } = rig.schema;
    Object.assign(rig.project, {
      exec: (async (command, options) => {
        if (command.args[0] === 'up' && !stop.signal.aborted) {
          stop.abort(new HoldpointError('cancelled', 'killed'));
          throw stop.signal.reason;
        }
        return exec(command, options);
      }) satisfies typeof exec,
    });
    expect(await rig.deploy('2.0.0', { signal: stop.signal })).toMatchObject({ kind: 'stopped' });
    expect(serving(rig)).toEqual({});
    expect(await rig.resume()).toMatchObject({ kind: 'closed', outcome: 'promoted' });
    expect(rig.schema.ran).toEqual(['up']);
    expect(serving(rig)).toEqual({ '2.0.0': 3 });
  });

  test('people are told beforehand for how long a service will be missed', async () => {
    const { target } = rig.project;
    const texts: string[] = [];
    Object.assign(rig.project, {
      target: {
        ...target,
        roll: (...world: Parameters<typeof target.roll>) =>
          target.roll(...world).map((step) => ({
            ...step,
            downtime: { service: 'backend', reason: 'a single writer', expected: 4_000 },
          })),
      },
      notifiers: [
        {
          name: 'people',
          notify: async ({ kind, text }: Message) => {
            texts.push(`${kind}: ${text}`);
            return { notifier: 'people', verdict: 'pass', summary: 'told', repeated: false };
          },
        },
      ],
    });
    await rig.deploy('2.0.0');
    expect(texts[0]).toMatch(/^planned: [\s\S]*\nExpected downtime: 4\.0 s\n/);
  });
});

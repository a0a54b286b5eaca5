import { describe, expect, it } from 'vitest';
import { crashPoint, kindsOfCrashPoint, withCrashPoints } from './crash-points.ts';
import type { EventBody } from './events.ts';
import { opened } from './log/log.fixture.ts';
import { memoryLog } from './log/memory.ts';

const intended = (step: string): EventBody => ({
  type: 'step.intended',
  phase: 'deploy',
  step,
  title: 'start',
  fence: 1,
});

describe('the name of a crash point', () => {
  it('is the same for each version, slot and round of a plan', () => {
    const names = ['deploy/0/web/start/1.1.0-1a2b3c4d/1', 'deploy/3/web/start/2.0.0-00000000/2'].map((step) =>
      crashPoint(intended(step), 'after'),
    );
    expect(names).toEqual(['deploy/web/start intended · after', 'deploy/web/start intended · after']);
  });

  it('keeps a step that is not one of a plan whole', () => {
    expect(crashPoint(intended('backup/create'), 'before')).toBe('backup/create intended · before');
  });

  it('tells phases, messages and signatures apart', () => {
    expect(crashPoint({ type: 'phase.started', phase: 'verify' }, 'before')).toBe(
      'verify/phase.started · before',
    );
    expect(
      crashPoint(
        { type: 'notified', notifier: 'file', kind: 'planned', verdict: 'pass', summary: '' },
        'after',
      ),
    ).toBe('notified planned · after');
  });

  it('is of a kind that is listed', () => {
    expect(kindsOfCrashPoint()).toEqual(
      expect.arrayContaining([
        'run.opened · before',
        'rollback/phase.ended · after',
        'migrate/… intended · after',
        'watch.block · before',
        'rollout.held · after',
        'rollout.widened · before',
        'synthetic.ended · after',
      ]),
    );
  });
});

it('a log with crash points comes to one before and one after each append, and counts them', async () => {
  const reached: string[] = [];
  const log = withCrashPoints(memoryLog(), (point, nth) => reached.push(`${point} ${nth}`));
  await log.append('r1', 1, opened());
  await log.append('r1', 2, intended('migrate/up'));
  await log.append('r1', 3, intended('migrate/up'));
  expect(reached).toEqual([
    'run.opened · before 1',
    'run.opened · after 1',
    'migrate/up intended · before 1',
    'migrate/up intended · after 1',
    'migrate/up intended · before 2',
    'migrate/up intended · after 2',
  ]);
  expect(await log.read('r1')).toHaveLength(3);
});

it('nothing is appended by a process that ends before the append', async () => {
  const inner = memoryLog();
  const log = withCrashPoints(inner, () => {
    throw new Error('the process ends');
  });
  await expect(log.append('r1', 1, opened())).rejects.toThrow('the process ends');
  expect(await inner.read('r1')).toEqual([]);
});

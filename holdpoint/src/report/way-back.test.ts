import { describe, expect, test } from 'vitest';
import type { EventBody } from '../release/events.ts';
import { story } from './post-mortem/story.fixture.ts';
import { START, stateAfter } from './run.fixture.ts';
import { standingOf } from './standing.ts';
import { statusLines } from './status.ts';
import { returnTimes, wayBackLines } from './way-back.ts';

const decided: EventBody = { type: 'rollback.decided', severity: 'high', reason: 'errors', by: 'holdpoint' };
const plan = (...names: readonly string[]): EventBody => ({
  type: 'plan.made',
  phase: 'rollback',
  direction: 'back',
  steps: names.map((name) => ({ name, title: name, action: {} })),
});
const done = (step: string): EventBody => ({
  type: 'step.done',
  phase: 'rollback',
  step,
  summary: '',
  milliseconds: 1,
});
const ended: EventBody = { type: 'phase.ended', phase: 'rollback', verdict: 'pass', summary: '' };

describe('the time back', () => {
  test('nobody is back before the end of the way back is known, however many steps are done', () => {
    const begun = [decided, plan('a', 'b'), done('a'), done('b')];
    expect(returnTimes(stateAfter(...begun))).toEqual({ decidedAt: START + 1_000, unchanged: false });
    expect(returnTimes(stateAfter(...begun, ended))).toEqual({
      decidedAt: START + 1_000,
      aloneAt: START + 4_000,
      unchanged: false,
    });
  });

  test('a way back that failed has no time', () => {
    const state = stateAfter(decided, plan('a'), done('a'), { ...ended, verdict: 'fail' } as EventBody);
    expect(returnTimes(state)?.aloneAt).toBeUndefined();
  });

  test('where no replica had to be replaced, it says so instead of a time', () => {
    const state = stateAfter(decided, plan(), ended);
    expect(returnTimes(state)).toEqual({ decidedAt: START + 1_000, unchanged: true });
    expect(wayBackLines(state).at(-1)).toBe('  1.9.0 served alone: no replica had to be replaced');
  });

  test('there is none while nobody has decided', () => {
    expect(returnTimes(stateAfter())).toBeUndefined();
    expect(wayBackLines(stateAfter())).toEqual([]);
  });
});

describe('in words', () => {
  test('what was decided, accepted, proposed, counted and given up, and how long it took', () => {
    expect(wayBackLines(stateAfter(...story('no orders')))).toEqual([
      'The way back needs the database: the system stops, the backup is restored, and what was written since is lost',
      '  accepted by Edsger: no orders; up to 10 min may be lost',
      'Roll-back proposed in Smoke test (high): no orders',
      '  decided 1.0 s later',
      'Loss by a restore: 12 rows in 1 tables were written in the 34 s since the backup',
      '  app.public.orders: 9 inserted, 2 updated, 1 deleted',
      '  accepted by Grace: no orders',
      'Rolled back to 1.9.0 by Grace (high): no orders',
      '  3 of 3 steps back done',
      '  1.9.0 alone 17 s after the decision, verified after 18 s',
    ]);
  });

  test('status shows until when somebody may answer, and what was adopted', () => {
    const checklist = { file: 'checklist.md', digest: 'd'.repeat(64), text: '' };
    const state = stateAfter(
      {
        type: 'run.adopted',
        by: { name: 'Ada', demo: true },
        reason: 'a typo',
        changed: ['the specification', 'the checklist'],
        specification: '',
        checklist,
        product: '',
      },
      {
        type: 'rollback.proposed',
        severity: 'high',
        reason: 'errors',
        phase: 'smoke',
        until: START + 900_000,
      },
    );
    expect(statusLines(state, standingOf(state, true), START).slice(3)).toEqual([
      'Adopted by Ada (demo person): the specification, the checklist; a typo',
      'Roll-back proposed in Smoke test (high): errors',
      '  goes back at 2026-03-01 20:15:00 UTC unless somebody answers',
    ]);
  });

  test('a loss of many tables names the first of them and counts the rest', () => {
    const tables = Array.from({ length: 14 }, (_, index) => ({
      table: `t${index}`,
      inserted: 1,
      updated: 0,
      deleted: 0,
    }));
    const lines = wayBackLines(
      stateAfter({ type: 'loss.measured', backup: 'b', milliseconds: 1_000, rows: 14, tables, final: false }),
    );
    expect(lines[0]).toMatch(/\(still serving when counted\)$/);
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toBe('  and 4 more');
  });
});

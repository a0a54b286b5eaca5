import { describe, expect, test } from 'vitest';
import type { EventBody } from '../release/events.ts';
import { START, stateAfter } from './run.fixture.ts';
import { standingOf } from './standing.ts';
import { statusLines } from './status.ts';

const started = { type: 'phase.started', phase: 'deploy' } as const;
const intended = {
  type: 'step.intended',
  phase: 'deploy',
  step: 'start:backend-1',
  title: 'start backend-1 of 2.0.0',
  fence: 1,
} as const;
const waiting: EventBody = {
  type: 'run.waiting',
  phase: 'signoff',
  what: ['the approver'],
  next: 'Sign with `holdpoint sign approver --as NAME`.',
};

describe('how a run stands', () => {
  test('it is running while somebody holds the lease, and interrupted when nobody does', () => {
    const state = stateAfter(started, intended);
    expect(standingOf(state, true)).toEqual({
      condition: 'running',
      doing: 'Deploy: start backend-1 of 2.0.0',
      since: START + 1_000,
      phase: 'deploy',
      waitingFor: [],
    });
    expect(standingOf(state, false)).toMatchObject({
      condition: 'interrupted',
      next: 'No process works on it. Go on with `holdpoint resume --run run-1`.',
    });
  });

  test('it waits for a person, with the command that answers', () => {
    const state = stateAfter(waiting);
    expect(statusLines(state, standingOf(state, false), START + 61_000)).toEqual([
      'ToolBoxAI 2.0.0 (from 1.9.0) in production: waiting',
      'run run-1',
      'now: waits in Sign-off (for 1 min)',
      'waits for: the approver',
      'next: Sign with `holdpoint sign approver --as NAME`.',
    ]);
  });

  test('the outcome outlasts everything else', () => {
    const state = stateAfter(started, waiting, {
      type: 'run.closed',
      outcome: 'failed',
      summary: 'the backup broke',
    });
    expect(standingOf(state, true)).toEqual({
      condition: 'failed',
      doing: 'the backup broke',
      since: START + 3_000,
      waitingFor: [],
    });
  });
});

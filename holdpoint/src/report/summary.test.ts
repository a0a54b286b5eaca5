import { expect, test } from 'vitest';
import { settled, stateAfter } from './run.fixture.ts';
import { standingOf } from './standing.ts';
import { summaryLines } from './summary.ts';

test('tells the end, every phase, what did not pass, the watch, the edge, the way back and the files', () => {
  const state = stateAfter(
    { type: 'phase.started', phase: 'readiness' },
    settled('code.ci', { verdict: 'pass', summary: '12 tests passed' }),
    settled('code.tag', { verdict: 'fail', summary: 'no tag', next: 'Tag it.' }),
    { type: 'phase.ended', phase: 'readiness', verdict: 'fail', summary: '1 of 2 checks failed' },
    { type: 'watch.decided', verdict: 'bad', reason: 'bad: errors', details: ['errors: 3.0 %'] },
    { type: 'edge.counted', requests: 12_000, lost: 0 },
    { type: 'rollback.decided', severity: 'critical', reason: 'bad: errors', by: 'the watch' },
    {
      type: 'plan.made',
      phase: 'rollback',
      direction: 'back',
      steps: [{ name: 'a', title: 'A', action: {} }],
    },
    { type: 'step.done', phase: 'rollback', step: 'a', summary: 'done', milliseconds: 10 },
    { type: 'run.closed', outcome: 'rolled-back', summary: '1.9.0 serves again' },
  );
  expect(
    summaryLines(state, standingOf(state, false), [{ label: 'Checklist', path: '/x/checklist.md' }]),
  ).toEqual([
    'ToolBoxAI 2.0.0 rolled back after 10 s: 1.9.0 serves again',
    '  Readiness    fail               3.0 s  1 of 2 checks failed',
    'Checks: 1 pass, 1 fail',
    '  code.tag fail: no tag',
    '    Tag it.',
    'Watch: bad: errors',
    '  errors: 3.0 %',
    'Requests seen by the edge: 12,000, lost: 0',
    'Rolled back to 1.9.0 by the watch (critical): bad: errors',
    '  1 of 1 steps back done',
    'Checklist: /x/checklist.md',
  ]);
});

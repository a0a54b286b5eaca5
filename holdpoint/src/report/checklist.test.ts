import { expect, test } from 'vitest';
import { parseChecklist } from '../checklist/parse.ts';
import type { EventBody } from '../release/events.ts';
import { filledChecklist } from './checklist.ts';
import { CHECKLIST, settled, stateAfter } from './run.fixture.ts';
import { standingOf } from './standing.ts';

const rendered = (evidence: 'inline' | 'beside', ...bodies: readonly EventBody[]) => {
  const state = stateAfter(...bodies);
  return filledChecklist(state, parseChecklist(CHECKLIST), standingOf(state, true), evidence);
};

test('ticks what passed and nothing else, and says how the release ended', () => {
  const { document } = rendered(
    'beside',
    settled('code.ci', { verdict: 'pass', summary: '12 tests passed' }),
    { type: 'run.closed', outcome: 'promoted', summary: 'promoted' },
  );
  expect(document).toContain('- [x] All tests pass');
  expect(document.match(/\[x\]/g)).toHaveLength(1);
  expect(document).toContain('2.0.0 promoted; 5 items: 1 pass, 4 inconclusive');
});

test('names who signed in the table, and who refused', () => {
  const { document } = rendered(
    'beside',
    {
      type: 'release.signed',
      role: 'deployer',
      by: { name: 'Ada', demo: true },
      answer: 'approve',
      reason: '',
      head: '0',
    },
    {
      type: 'release.signed',
      role: 'approver',
      by: { name: 'Linus' },
      answer: 'refuse',
      reason: 'no',
      head: '0',
    },
  );
  expect(document).toMatch(/\| Deployer \|.*Ada .*demo person.*2026-03-01/);
  expect(document).toMatch(/\| Approver \|.*Linus: refused/);
});

test('rendering its own output again changes nothing', () => {
  const state = stateAfter(settled('code.ci', { verdict: 'fail', summary: '<b>1</b> failed' }));
  const standing = standingOf(state, true);
  const once = filledChecklist(state, parseChecklist(CHECKLIST), standing, 'inline').document;
  expect(filledChecklist(state, parseChecklist(once), standing, 'inline').document).toBe(once);
  expect(once).toMatch(/<summary>fail: .*failed<\/summary>/);
  expect(once).not.toContain('<b>');
});

test('tells why a release was rolled back', () => {
  const { document } = rendered(
    'beside',
    { type: 'rollback.decided', severity: 'critical', reason: '3 % of requests failed', by: 'the watch' },
    { type: 'run.closed', outcome: 'rolled-back', summary: '1.9.0 serves again' },
  );
  expect(document).toContain('2.0.0 rolled back: 3 % of requests failed');
});

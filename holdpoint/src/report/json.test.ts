import { expect, test } from 'vitest';
import { parseChecklist } from '../checklist/parse.ts';
import { itemsJson, runJson } from './json.ts';
import { story } from './post-mortem/story.fixture.ts';
import { CHECKLIST, START, settled, stateAfter } from './run.fixture.ts';
import { standingOf } from './standing.ts';

test('survives a round through JSON unchanged, and keeps the names that are documented', () => {
  const state = stateAfter(
    settled('code.ci', { verdict: 'fail', summary: 'one failed' }),
    { type: 'item.waived', check: 'code.ci', by: { name: 'Linus' }, reason: 'known', until: '2026-04-01' },
    { type: 'run.closed', outcome: 'promoted', summary: 'done' },
  );
  const json = runJson(state, standingOf(state, false));
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  expect(json).toMatchObject({
    id: 'run-1',
    version: '2.0.0',
    condition: 'promoted',
    checks: [{ check: 'code.ci', evidence: { verdict: 'waived' } }],
    waivers: [{ check: 'code.ci', by: { name: 'Linus' }, reason: 'known' }],
    closed: { outcome: 'promoted', summary: 'done' },
    head: { seq: 4, hash: state.head.hash },
  });
});

test('gives every item with what is known of it', () => {
  const items = itemsJson(stateAfter(), parseChecklist(CHECKLIST));
  expect(items).toHaveLength(5);
  expect(items).toMatchObject([
    { id: 'before/all-tests-pass', outcome: { verdict: 'inconclusive' } },
    {},
    {},
    {},
    {},
  ]);
});

test('gives the way back, its acceptance, the loss, what was proposed and how long it took to be back', () => {
  const state = stateAfter(
    {
      type: 'run.adopted',
      by: { name: 'Ada' },
      reason: 'a typo',
      changed: ['the specification'],
      specification: 'e'.repeat(64),
      checklist: { file: 'checklist.md', digest: 'd'.repeat(64), text: 'a long text' },
      product: '0.1.0',
    },
    ...story('orders cannot be made'),
  );
  const json = runJson(state, standingOf(state, false));
  expect(json).toMatchObject({
    adoptions: [{ by: { name: 'Ada' }, changed: ['the specification'], checklist: { file: 'checklist.md' } }],
    wayBack: { kind: 'database', by: 'restore', accepted: { by: { name: 'Edsger' }, lossLimit: 600_000 } },
    proposal: { severity: 'high', phase: 'smoke', until: 1_772_396_100_000 },
    loss: { rows: 12, final: true, accepted: { by: { name: 'Grace' } } },
    rollback: { aloneAt: START + 38_000, verifiedAt: START + 39_000, milliseconds: 17_000 },
  });
  expect(JSON.stringify(json)).not.toContain('a long text');
});

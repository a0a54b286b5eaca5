import { expect, test } from 'vitest';
import { parseChecklist } from '../checklist/parse.ts';
import { itemsJson, runJson } from './json.ts';
import { CHECKLIST, settled, stateAfter } from './run.fixture.ts';
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

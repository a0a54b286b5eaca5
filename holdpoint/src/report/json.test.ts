import { expect, test } from 'vitest';
import { parseChecklist } from '../checklist/parse.ts';
import { fold } from '../release/fold.ts';
import { blockAt, counted, healthy, LEVELS } from '../watch/words.fixture.ts';
import { itemsJson, runJson } from './json.ts';
import { story } from './post-mortem/story.fixture.ts';
import { CHECKLIST, START, settled, stateAfter } from './run.fixture.ts';
import { standingOf } from './standing.ts';
import { watchedLog } from './watched.fixture.ts';

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

test('gives the terms of the watch, and for each service level what was counted and what it proves', () => {
  const blocks = Array.from({ length: 20 }, (_, index) =>
    blockAt(START + 1_000 + (index + 1) * 5_000, healthy(52).with(0, counted([1, 52], [0, 50]))),
  );
  const state = fold(watchedLog(blocks));
  const { watch } = runJson(state, standingOf(state, false)) as unknown as { watch: Record<string, unknown> };
  expect(watch).toMatchObject({
    blocks: 20,
    beganAt: START + 1_000,
    verdict: expect.stringMatching(/^(?:bad|good|undecided)$/),
    terms: {
      falseAlarms: 0.01,
      falsePromotions: 0.05,
      window: 7_200_000,
      objectives: [
        { id: 'errors', kind: 'errors', allowed: 0.01 },
        { id: 'latency', kind: 'latency', allowed: 0.05, limit: 1_000, quantile: 0.95 },
        ...LEVELS.slice(2).map(({ id, kind }) => ({ id, kind })),
      ],
    },
    objectives: [
      {
        id: 'errors',
        events: 20,
        trials: 1_040,
        old: { events: 0, trials: 1_000, newEvents: 20, newTrials: 1_040 },
        budgetLeft: expect.closeTo(1 - 20 / (0.01 * 1_040 * 72), 9),
        logE: expect.any(Number),
        threshold: expect.any(Number),
      },
      { id: 'latency', settledAt: START + 11_000, needs: 0 },
      { id: 'lost' },
      { id: 'cpu', looks: 20, mean: expect.closeTo(0.2, 9), highest: 0.25 },
      { id: 'memory' },
      { id: 'jobs' },
      { id: 'queue' },
      { id: 'nightly', age: 40_000, stale: false },
    ],
  });
});

test('blocks that were only counted, and such as cannot be read, take nothing else away', () => {
  const state = fold(watchedLog([blockAt(START + 6_000, healthy(52))]));
  const counted = { ...state, watch: { ...state.watch, blocks: new Array<unknown>(7).fill(undefined) } };
  expect(runJson(counted, standingOf(state, false))['watch']).toEqual({ blocks: 7, beganAt: START + 1_000 });
  const broken = { ...state, watch: { ...state.watch, blocks: [{ seen: 1 }] } };
  expect(runJson(broken, standingOf(state, false))['watch']).toEqual({
    blocks: 1,
    beganAt: START + 1_000,
    unreadable: 'a recorded block of the watch cannot be read',
  });
});

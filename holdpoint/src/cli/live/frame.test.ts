import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunState } from '../../release/state.ts';
import { START, stateAfter } from '../../report/run.fixture.ts';
import type { Block } from '../../watch/block.ts';
import { decide, observe, openGate } from '../../watch/gate/decide.ts';
import type { Objective } from '../../watch/objective.ts';
import { blockAt, counted, healthy, LEVELS, termsFor } from '../../watch/words.fixture.ts';
import { bandBar, bar } from './bars.ts';
import { frame } from './frame.ts';
import { plain } from './lines.ts';
import type { WatchShown } from './watch-rows.ts';

const state: RunState = {
  ...stateAfter({ type: 'phase.started', phase: 'watch' }),
  edge: { requests: 1_071, lost: 1 },
};

const shownAfter = (blocks: readonly Block[], objectives: readonly Objective[] = LEVELS): WatchShown => ({
  decision: decide(blocks.reduce(observe, openGate(termsFor(objectives).rules))),
  objectives,
  beganAt: START,
  at: blocks.at(-1)?.at ?? START,
  window: 7_200_000,
});
const looks = (count: number, seen = healthy(52)): readonly Block[] =>
  Array.from({ length: count }, (_, index) => blockAt(START + (index + 1) * 5_000, seen));

const linesOf = (shown: WatchShown, columns: number, rows: number): readonly string[] =>
  frame(state, shown, shown.at, plain, { columns, rows }).split('\n');

test('a terminal of 80 columns shows each objective on one line, with its evidence and what is missing', () => {
  const some = healthy(52)
    .with(0, counted([2, 52], [0, 52]))
    .with(5, counted([1, 52]));
  const shown = shownAfter(looks(4, some));
  const { decision } = shown;
  // The evidence by hand, so that how it is worked out does not matter here.
  const objectives = decision.objectives.map((one, index) => ({
    ...one,
    logBad: [2.6, -0.5, -0.6, -0.5, -0.5, -0.2, -0.6, 0][index] ?? 0,
    logGood: [-4, 9, 1.5, 2.2, 1, 0.4, 3.4, 0][index] ?? 0,
    needs: [undefined, 0, 2_080, 2, 9, 12, 0, 0][index],
    settledAt: index === 1 || index === 6 ? START + 10_000 : undefined,
  }));
  const known = { ...shown, decision: { ...decision, logBad: 1.4, objectives } };
  expect(linesOf(known, 80, 24)).toMatchInlineSnapshot(`
    [
      "⠋ Watch for 19 s",
      "  watched for 20 s of 2 h: undecided; together ln E 1.4 of 4.6 ██▍·····",
      "             now  95 % band limit old bad: ln E   good            budget",
      "  errors   3.8 %  2.0–7.4 %   1 % 0 % ██▋···  2.6 ···· too near     98 %",
      "  latency    0 %    0–1.8 %   5 % 0 % ······ -0.5 ✔ after 10 s     100 %",
      "  lost       0 %    0–1.8 %   1 %     ······ -0.6 ██·· 2,080 more  100 %",
      "  cpu     20.0 % top 25.0 %  70 %     ······ -0.5 ███· 2 more",
      "  memory  40.0 % top 41.0 %  80 %     ······ -0.5 █▍·· 9 more",
      "  jobs     1.9 %  0.8–4.8 %   2 %     ······ -0.2 ▌··· 12 more      99 %",
      "  queue        4      top 6    50     ······ -0.6 ✔ after 10 s",
      "  nightly   40 s            5 min                 ✔ fresh",
      "  requests through the edge: 1,071, requests lost: 1",
    ]
  `);
});

test('a wide terminal draws the band too, with the limit in it', () => {
  const lines = linesOf(shownAfter(looks(4)), 120, 40);
  expect(lines.find((line) => line.includes('errors'))).toContain('●─────────┃───────┤·');
});

test('what has happened to replicas stands above the objectives', () => {
  const blocks = looks(1).map((block) => ({
    ...block,
    hard: [{ kind: 'oom-killed' as const, replica: 'backend-1', service: 'backend' }],
  }));
  const lines = linesOf(shownAfter(blocks), 80, 24);
  expect(lines[1]).toMatch(/^ {2}watched for 5 s of 2 h: bad; /);
  expect(lines[2]).toBe('  backend-1 was killed because it ran out of memory');
});

test('where there is no room for all, what speaks loudest is shown, and how many are not', () => {
  const loud = healthy(52).with(5, counted([6, 52]));
  const lines = linesOf(shownAfter(looks(60, loud)), 80, 9);
  expect(lines.some((line) => line.includes('jobs'))).toBe(true);
  expect(lines.some((line) => /… and \d more objectives that say less/.test(line))).toBe(true);
});

test('no frame is wider or higher than the terminal, whatever is watched', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 0, max: 60 }),
      fc.array(fc.tuple(fc.nat(50), fc.nat(50)), { maxLength: 8 }),
      (columns, rows, many, counts) => {
        const more = Array.from(
          { length: many },
          (_, index): Objective => ({
            id: `a-rather-long-name-${index}`,
            kind: 'errors',
            services: undefined,
            allowed: 0.01,
          }),
        );
        const objectives = [...LEVELS, ...more];
        const blocks = counts.map(([events, trials], index) =>
          blockAt(START + index * 5_000, [
            ...healthy(trials),
            ...more.map(() => counted([Math.min(events, trials), trials])),
          ]),
        );
        const lines = linesOf(shownAfter(blocks, objectives), columns, rows);
        expect(lines.length).toBeLessThanOrEqual(Math.max(1, rows - 1));
        for (const line of lines) expect([...line].length).toBeLessThanOrEqual(Math.max(1, columns - 1));
      },
    ),
  );
});

test('bars are as long as they are said to be', () => {
  expect([bar(0, 4), bar(0.5, 4), bar(0.55, 4), bar(7, 4), bar(Number.NEGATIVE_INFINITY, 4)]).toEqual([
    '····',
    '██··',
    '██▎·',
    '████',
    '····',
  ]);
  expect(bandBar({ low: 0.002, value: 0.004, high: 0.008, limit: 0.01 }, 20)).toBe('··├─●───┤·┃·········');
});

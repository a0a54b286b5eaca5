import { expect, test } from 'vitest';
import type { Journal } from '../../release/journal.ts';
import { START, stateAfter } from '../../report/run.fixture.ts';
import { decide, observe, openGate } from '../../watch/gate/decide.ts';
import { blockAt, healthy, LEVELS, termsFor } from '../../watch/words.fixture.ts';
import type { House } from '../house.ts';
import { liveView } from './view.ts';

function plainLines(): { lines: string[]; view: ReturnType<typeof liveView> } {
  const lines: string[] = [];
  const house = { isTerminal: false, print: (text: string) => lines.push(text) } as unknown as House;
  const state = {
    ...stateAfter(),
    watch: { blocks: [], terms: termsFor(), beganAt: START },
    edge: { requests: 52, lost: 0 },
  };
  const view = liveView(house, LEVELS, false);
  view.follow({ state, listen: () => {} } as unknown as Journal);
  return { lines, view };
}

test('where nothing can be drawn over, a line comes every 10 s with what has data', () => {
  const { lines, view } = plainLines();
  let gate = openGate(termsFor().rules);
  for (const after of [5_000, 10_000, 15_000, 20_000]) {
    const block = blockAt(START + after, healthy(52));
    gate = observe(gate, block);
    view.onDecision(decide(gate), block);
  }
  const told = lines.filter((line) => line.startsWith('  … watch: '));
  expect(told).toHaveLength(2);
  expect(told[0]).toContain('errors: 0 % of 52 requests failed, limit 1 %; ');
  expect(told[0]).toContain('; error budget left: 100 % | latency: ');
  expect(told[0]).toMatch(
    /nightly: last success 40 s ago, limit 5 min; within its limit; requests 52, lost: 0$/,
  );
});

test('before anything was measured it says that there are no data', () => {
  const { lines, view } = plainLines();
  view.onDecision(decide(openGate(termsFor().rules)), blockAt(START + 5_000, []));
  expect(lines.at(-1)).toBe('  … watch: no data yet; requests 52, lost: 0');
});

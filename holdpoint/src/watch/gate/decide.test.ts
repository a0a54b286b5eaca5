import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Block } from '../block.ts';
import { readBlock } from '../block.ts';
import { gateRules, watchSettings } from '../settings.ts';
import { blockOf, healthy } from './blocks.fixture.ts';
import { decide, type Gate, observe, openGate } from './decide.ts';

const rules = gateRules(watchSettings.parse({}));
const after = (blocks: readonly Block[]): Gate => blocks.reduce(observe, openGate(rules));
const blocks = (count: number, of: (at: number) => Block): Block[] =>
  Array.from({ length: count }, (_, index) => of((index + 1) * 5_000));

test('nothing seen is undecided, and says how many requests would do', () => {
  const { verdict, metrics } = decide(openGate(rules));
  expect(verdict).toBe('undecided');
  const errors = metrics.find(({ metric }) => metric === 'errors');
  expect(errors?.needs).toBeGreaterThan(350);
  expect(errors?.needs).toBeLessThan(500);
});

test('a healthy release is good after 13 looks at three replicas, its errors after 3', () => {
  const decisions = blocks(13, (at) => blockOf(at, healthy(250))).map((_, index, all) =>
    decide(after(all.slice(0, index + 1))),
  );
  expect(decisions.at(-1)?.verdict).toBe('good');
  expect(decisions.at(-2)?.verdict).toBe('undecided');
  const early = decisions[2];
  expect(early?.verdict).toBe('undecided');
  expect(early?.metrics.find(({ metric }) => metric === 'errors')?.settledAt).toBe(15_000);
  expect(early?.metrics.find(({ metric }) => metric === 'cpu')?.settledAt).toBeUndefined();
});

test('a metric without data holds the promotion', () => {
  const all = blocks(100, (at) => blockOf(at, { ...healthy(250), memory: { events: 0, trials: 0 } }));
  expect(decide(after(all)).verdict).toBe('undecided');
});

test('a release that went silent is not good any more, until it answers again', () => {
  const proven = blocks(20, (at) => blockOf(at, healthy(250)));
  const silent = blocks(4, (at) => blockOf(100_000 + at, {}, { answered: 0 }));
  expect(decide(after(proven)).verdict).toBe('good');
  expect(decide(after([...proven, ...silent.slice(1)])).verdict).toBe('good');
  expect(decide(after([...proven, ...silent])).verdict).toBe('undecided');
  expect(decide(after([...proven, ...silent, blockOf(200_000, {})])).verdict).toBe('good');
});

test('one burst of errors in one block decides nothing; the same in four blocks does', () => {
  const burst = { ...healthy(250), errors: { events: 250, trials: 250 } };
  expect(decide(after([blockOf(5_000, burst)])).verdict).toBe('undecided');
  const gate = after(blocks(4, (at) => blockOf(at, burst)));
  expect(decide(gate).verdict).toBe('bad');
});

test.each(['latency', 'cpu', 'memory'] as const)(
  '%s above its limit is found, the others being fine',
  (metric) => {
    const over =
      metric === 'latency' ? { above: 250, aboveForGood: 250, trials: 250 } : { events: 3, trials: 3 };
    expect(decide(after(blocks(8, (at) => blockOf(at, { ...healthy(250), [metric]: over })))).verdict).toBe(
      'bad',
    );
  },
);

test('slow requests that only may be slow hold the promotion and raise no alarm', () => {
  const vague = { above: 0, aboveForGood: 250, trials: 250 };
  const gate = after(blocks(200, (at) => blockOf(at, { ...healthy(250), latency: vague })));
  const { verdict, metrics } = decide(gate);
  expect(verdict).toBe('undecided');
  expect(metrics.find(({ metric }) => metric === 'latency')?.needs).toBeUndefined();
});

test('a hard event is bad at once, and stays so', () => {
  const crash = blockOf(5_000, healthy(250), { hard: [{ kind: 'crashed', replica: 'a-1', service: 'a' }] });
  const gate = after([crash, ...blocks(100, (at) => blockOf(5_000 + at, healthy(250)))]);
  expect(decide(gate).verdict).toBe('bad');
  expect(gate.badAt).toBe(5_000);
});

test('once bad, good data afterwards change nothing', () => {
  const bad = blocks(4, (at) => blockOf(at, { ...healthy(250), errors: { events: 250, trials: 250 } }));
  const good = blocks(300, (at) => blockOf(20_000 + at, healthy(250)));
  expect(decide(after([...bad, ...good])).verdict).toBe('bad');
});

test('the promise of how many requests are needed is kept when the traffic stays as it is', () => {
  const seen = blocks(2, (at) => blockOf(at, healthy(25)));
  const needs = decide(after(seen)).metrics.find(({ metric }) => metric === 'errors')?.needs ?? 0;
  const more = Math.ceil(needs / 25);
  const settled = (count: number) =>
    after([...seen, ...blocks(count, (at) => blockOf(10_000 + at, healthy(25)))]).settledAt.has('errors');
  expect(settled(more)).toBe(true);
  expect(settled(more - 1)).toBe(false);
});

test('blocks that went through the log decide the same to the last bit, wherever the watch was restarted', () => {
  const counts = fc.tuple(fc.nat(20), fc.integer({ min: 20, max: 400 }));
  fc.assert(
    fc.property(fc.array(counts, { maxLength: 30 }), fc.nat(30), (history, cut) => {
      const live = history.map(([events, trials], index) =>
        blockOf(
          index * 5_000,
          { ...healthy(trials), errors: { events, trials } },
          { milliseconds: 5_000 + events },
        ),
      );
      const logged = live.slice(0, cut).map((block) => readBlock(JSON.parse(JSON.stringify(block))));
      const resumed = live.slice(cut).reduce(observe, after(logged));
      expect(decide(resumed)).toStrictEqual(decide(after(live)));
    }),
    { numRuns: 50 },
  );
});

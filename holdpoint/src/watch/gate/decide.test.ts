import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Block, type Observation, readBlock, writeBlock } from '../block.ts';
import {
  blockOf,
  blocksOf,
  counted,
  countedRule,
  countsOf,
  FOUR,
  gauge,
  healthy,
  rulesOf,
} from './blocks.fixture.ts';
import { decide, type Gate, observe, openGate } from './decide.ts';
import type { GateRules } from './rules.ts';

const after = (blocks: readonly Block[], rules: GateRules = FOUR, from = openGate(rules)): Gate =>
  blocks.reduce(observe, from);
const standing = (gate: Gate, id: string) => decide(gate).objectives.find(({ rule }) => rule.id === id);
const [errors, latency, cpu, memory] = healthy(250);
const FINE = [errors, latency, cpu, memory].filter((one) => one !== undefined);
const withSeen = (index: number, one: Observation): Observation[] =>
  FINE.map((seen, at) => (at === index ? one : seen));

test('nothing seen is undecided, and says how many requests would do', () => {
  const gate = openGate(FOUR);
  expect(decide(gate).verdict).toBe('undecided');
  expect(standing(gate, 'errors')?.needs).toBeGreaterThan(350);
  expect(standing(gate, 'errors')?.needs).toBeLessThan(520);
  expect(standing(gate, 'cpu')?.needs).toBe(1);
});

test('a healthy release has its errors settled after two looks, and is good once its gauges are', () => {
  const blocks = blocksOf(120, () => FINE);
  const gates = blocks.map((_, index) => after(blocks.slice(0, index + 1)));
  expect(standing(gates[1] ?? openGate(FOUR), 'errors')?.settledAt).toBe(10_000);
  expect(decide(gates[1] ?? openGate(FOUR)).verdict).toBe('undecided');
  const last = gates.at(-1) ?? openGate(FOUR);
  expect(decide(last).verdict).toBe('good');
  expect(decide(last).objectives.map(({ needs }) => needs)).toEqual([0, 0, 0, 0]);
});

test('an objective without data holds the promotion', () => {
  expect(decide(after(blocksOf(300, () => withSeen(3, gauge(undefined))))).verdict).toBe('undecided');
  expect(decide(after(blocksOf(300, () => withSeen(0, counted([0, 0], [0, 0]))))).verdict).toBe('undecided');
});

test('a release that went silent is not good any more, until it answers again', () => {
  const proven = after(blocksOf(120, () => FINE));
  const silent = (count: number) => blocksOf(count, () => [], 600_000, { answered: 0 });
  expect(decide(proven).verdict).toBe('good');
  expect(decide(after(silent(3), FOUR, proven)).verdict).toBe('good');
  expect(decide(after(silent(4), FOUR, proven)).verdict).toBe('undecided');
  expect(decide(after([...silent(4), blockOf(700_000, FINE)], FOUR, proven)).verdict).toBe('good');
});

test.each([
  ['errors', 0, counted([125, 250], [0, 250])],
  [
    'latency',
    1,
    {
      kind: 'counted',
      fresh: countsOf(125, 250, { tails: [125, 60] }),
      old: countsOf(0, 250, { tails: [8, 2] }),
    },
  ],
] as const)('%s far above their limit decide in three looks, and not in two', (id, index, seen) => {
  const blocks = blocksOf(3, () => withSeen(index, seen));
  expect(decide(after(blocks.slice(0, 2))).verdict).toBe('undecided');
  const gate = after(blocks);
  expect(decide(gate).verdict).toBe('bad');
  expect(gate.badAt).toBe(15_000);
  expect(standing(gate, id)?.logBad).toBeGreaterThan(Math.log(100));
});

test.each([
  ['cpu', 2],
  ['memory', 3],
] as const)('%s above its limit is found, the others being fine', (_, index) => {
  expect(decide(after(blocksOf(200, () => withSeen(index, gauge(0.98))))).verdict).toBe('bad');
});

test.each(['crashed', 'oom-killed', 'vanished', 'restarted', 'unready'] as const)(
  'a replica that %s is bad at once',
  (kind) => {
    const crash = blockOf(5_000, FINE, { hard: [{ kind, replica: 'a-1', service: 'a' }] });
    const gate = after([crash, ...blocksOf(100, () => FINE, 5_000)]);
    expect(decide(gate).verdict).toBe('bad');
    expect(decide(gate).hard).toHaveLength(1);
    expect(gate.badAt).toBe(5_000);
  },
);

test('of a thousand hard events the first are kept', () => {
  const hard = Array.from({ length: 50 }, (_, index) => ({
    kind: 'restarted' as const,
    replica: `a-${index}`,
    service: 'a',
  }));
  const gate = after(blocksOf(20, () => FINE, 0, { hard }));
  expect(gate.hard).toHaveLength(20);
  expect(gate.hard[0]?.replica).toBe('a-0');
});

test('a job that happened no more is bad at its third look too late, and one that never did holds the promotion', () => {
  const rules = rulesOf([countedRule(), { kind: 'freshness', id: 'nightly', limit: 60_000 }]);
  const looks = (ages: readonly (number | undefined)[]) =>
    blocksOf(ages.length, (index) => [counted([0, 250]), { kind: 'freshness', age: ages[index] }]);
  const fine = new Array<number>(10).fill(1_000);
  expect(decide(after(looks(fine), rules)).verdict).toBe('good');
  expect(decide(after(looks([...fine, 61_000]), rules)).verdict).toBe('undecided');
  expect(decide(after(looks([...fine, 61_000, 66_000]), rules)).verdict).toBe('undecided');
  const stale = after(looks([...fine, 61_000, 66_000, 71_000]), rules);
  expect(decide(stale).verdict).toBe('bad');
  expect(stale.badAt).toBe(65_000);
  expect(decide(after(looks(new Array<undefined>(100).fill(undefined)), rules)).verdict).toBe('undecided');
});

test('once bad, good data afterwards take nothing back', () => {
  const bad = blocksOf(4, () => withSeen(0, counted([250, 250], [0, 250])));
  const gate = after([...bad, ...blocksOf(1_000, () => FINE, 20_000)]);
  expect(decide(gate).verdict).toBe('bad');
  expect(gate.badAt).toBe(15_000);
});

test('the promise of how many requests are needed is kept when the traffic stays as it is', () => {
  const rules = rulesOf();
  const few = () => [counted([0, 25])];
  const seen = after(blocksOf(2, few), rules);
  const needs = standing(seen, 'errors')?.needs ?? 0;
  const more = Math.ceil(needs / 25);
  const settled = (count: number) =>
    standing(after(blocksOf(count, few, 10_000), rules, seen), 'errors')?.settledAt !== undefined;
  expect(settled(more)).toBe(true);
  expect(settled(more - 1)).toBe(false);
});

test('the more objectives there are, the more each has to say, so that all together keep one rate of false alarms', () => {
  const alone = rulesOf();
  const many = rulesOf(
    Array.from({ length: 50 }, (_, index) => countedRule({ id: `o${index}`, weight: 1 / 50 })),
  );
  const looks = (rules: GateRules) => {
    const blocks = blocksOf(60, () =>
      rules.objectives.map((_, index) => counted([index === 0 ? 10 : 0, 250])),
    );
    return (after(blocks, rules).badAt ?? 0) / 5_000;
  };
  expect(looks(alone)).toBeLessThan(looks(many));
  expect(looks(many)).toBeLessThan(15);
});

const counts = fc.tuple(
  fc.nat(30),
  fc.integer({ min: 0, max: 400 }),
  fc.nat(30),
  fc.integer({ min: 0, max: 400 }),
);
const anyBlock: fc.Arbitrary<Omit<Block, 'at'>> = fc
  .record({
    errors: counts,
    slow: counts,
    beside: fc.boolean(),
    cold: fc.constantFrom(true as const, undefined),
    cpu: fc.option(fc.double({ min: 0, max: 1.5, noNaN: true }), { nil: undefined }),
    milliseconds: fc.integer({ min: 1_000, max: 60_000 }),
    gap: fc.boolean(),
    answered: fc.nat(3),
  })
  .map(
    ({
      errors: [e1, n1, e0, n0],
      slow: [s1, m1, s0, m0],
      beside,
      cold,
      cpu: level,
      milliseconds,
      gap,
      answered,
    }) => {
      const tailed = (slow: number, trials: number) => {
        const some = Math.min(slow, trials);
        return countsOf(some, trials, {
          eventsForGood: Math.min(trials, some + 3),
          tails: [some, Math.floor(some / 2)],
        });
      };
      return {
        milliseconds,
        gap,
        asked: 3,
        answered,
        seen: [
          counted([Math.min(e1, n1), n1], beside ? [Math.min(e0, n0), n0] : undefined),
          {
            kind: 'counted' as const,
            fresh: tailed(s1, m1),
            old: beside ? tailed(s0, m0) : undefined,
            ...(cold ? { cold } : {}),
          },
          { kind: 'gauge' as const, level, highest: level === undefined ? undefined : level * 1.1 },
          { kind: 'gauge' as const, level: 0.5, highest: 0.6 },
        ],
        hard: [],
        notes: [],
      };
    },
  );
const stream = fc
  .array(anyBlock, { maxLength: 40 })
  .map((blocks) => blocks.map((block, index): Block => ({ ...block, at: (index + 1) * 5_000 })));

test('blocks that went through the log decide the same to the last bit, wherever the watch was restarted', () => {
  fc.assert(
    fc.property(stream, fc.nat(40), (live, cut) => {
      const logged = live
        .slice(0, cut)
        .map((block) => readBlock(JSON.parse(JSON.stringify(writeBlock(block)))));
      const resumed = after(live.slice(cut), FOUR, after(logged));
      expect(resumed).toStrictEqual(after(live));
      expect(decide(resumed)).toStrictEqual(decide(after(live)));
    }),
  );
});

test('evidence is a number after whatever blocks, and an alarm is never taken back', () => {
  fc.assert(
    fc.property(stream, (blocks) => {
      let gate = openGate(FOUR);
      for (const block of blocks) {
        const next = observe(gate, block);
        if (gate.badAt !== undefined) expect(next.badAt).toBe(gate.badAt);
        for (const { logBad, logGood } of decide(next).objectives) {
          expect(logBad).not.toBeNaN();
          expect(logGood).not.toBeNaN();
        }
        expect(decide(next).logBad).not.toBeNaN();
        gate = next;
      }
    }),
  );
});

test('observing changes nothing in the gate that was observed with', () => {
  const before = after(blocksOf(5, () => FINE));
  const copy = structuredClone(before);
  observe(before, blockOf(30_000, withSeen(0, counted([250, 250], [0, 250]))));
  expect(before).toStrictEqual(copy);
});

test('a gate after two thousand blocks is as large as one after ten', () => {
  const noisy = (index: number) =>
    withSeen(0, counted([index % 7 === 0 ? 1 : 0, 250 + (index % 13)], [0, 250]));
  const size = (count: number) => JSON.stringify(after(blocksOf(count, noisy))).length;
  expect(size(2_000)).toBeLessThan(1.1 * size(10));
});

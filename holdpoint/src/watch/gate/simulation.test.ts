import { expect, test } from 'vitest';
import type { Observation } from '../block.ts';
import { BESIDE, blockOf, countedRule, countsOf, rulesOf } from './blocks.fixture.ts';
import { observe, openGate } from './decide.ts';
import type { GateRules } from './rules.ts';

/** Mulberry32: a small generator with a seed, so that every run of this test sees the same traffic. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Knuth's method, in pieces, since exp(−mean) vanishes for large means. */
function poisson(random: () => number, mean: number): number {
  let count = 0;
  for (let rest = mean; rest > 0; rest -= 30) {
    const floor = Math.exp(-Math.min(rest, 30));
    for (let product = random(); product > floor; product *= random()) count += 1;
  }
  return count;
}

interface Service {
  readonly perSecond: number;
  readonly errors: number;
  readonly blocks: number;
  /** Of the old version beside it; undefined for none. */
  readonly old?: number;
  readonly rules?: GateRules;
}

const ALONE = rulesOf();
const BOTH = rulesOf([countedRule(BESIDE)]);

/** Seconds until each run was called bad (Infinity: never) and until its error rate was called good. */
function simulate(runs: number, { perSecond, errors, blocks, old, rules = ALONE }: Service) {
  const random = randomOf(20_000 + perSecond + errors * 1e6);
  const bad: number[] = [];
  const good: number[] = [];
  const countedAt = (rate: number) => {
    const failed = poisson(random, perSecond * rate * 5);
    return countsOf(failed, failed + poisson(random, perSecond * (1 - rate) * 5));
  };
  for (let run = 0; run < runs; run += 1) {
    let gate = openGate(rules);
    for (let index = 1; index <= blocks && gate.badAt === undefined; index += 1) {
      const seen: Observation = {
        kind: 'counted',
        fresh: countedAt(errors),
        old: old === undefined ? undefined : countedAt(old),
      };
      gate = observe(gate, blockOf(index * 5, [seen]));
    }
    bad.push(gate.badAt ?? Number.POSITIVE_INFINITY);
    good.push(gate.objectives[0]?.settledAt ?? Number.POSITIVE_INFINITY);
  }
  return { bad: bad.sort((a, b) => a - b), good: good.sort((a, b) => a - b) };
}

const median = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)];
const p95 = (sorted: readonly number[]) => sorted[Math.floor(sorted.length * 0.95)];
const count = (times: readonly number[]) => times.filter(Number.isFinite).length;

test('a healthy service of 0.2 % errors is called bad in 1 % of two-hour windows at most, and soon called good', () => {
  const { bad, good } = simulate(100, {
    perSecond: 50,
    errors: 0.002,
    old: 0.002,
    blocks: 1_440,
    rules: BOTH,
  });
  expect(count(bad)).toBeLessThanOrEqual(1);
  expect(median(good)).toBeLessThanOrEqual(15);
});

test('a service just at its limit, or just as bad as is tolerable, is hardly ever called bad, nor good', () => {
  for (const service of [{ errors: 0.01 }, { errors: 0.01, old: 0.006, rules: BOTH }]) {
    const { bad, good } = simulate(200, { perSecond: 50, blocks: 400, ...service });
    expect(count(bad)).toBeLessThanOrEqual(2);
    expect(count(good)).toBeLessThanOrEqual(10);
  }
});

test('3 % errors at 50 requests a second are found within 20 s in the median', () => {
  const { bad } = simulate(300, { perSecond: 50, errors: 0.03, old: 0.002, blocks: 100, rules: BOTH });
  expect(count(bad)).toBe(300);
  expect(median(bad)).toBeLessThanOrEqual(20);
  expect(p95(bad)).toBeLessThanOrEqual(30);
});

test('10 % errors at 50 requests a second are found within 15 s in nearly every run', () => {
  expect(p95(simulate(200, { perSecond: 50, errors: 0.1, blocks: 100 }).bad)).toBeLessThanOrEqual(15);
});

test('0.9 % errors keep the limit, and are found where the old version has 0.2 %', () => {
  const alone = simulate(50, { perSecond: 50, errors: 0.009, blocks: 200 });
  expect(count(alone.bad)).toBe(0);
  const both = simulate(50, { perSecond: 50, errors: 0.009, old: 0.002, blocks: 200, rules: BOTH });
  expect(count(both.bad)).toBe(50);
});

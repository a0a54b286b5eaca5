import { expect, test } from 'vitest';
import { gateRules, watchSettings } from '../settings.ts';
import { blockOf } from './blocks.fixture.ts';
import { type GateRules, observe, openGate } from './decide.ts';

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
}

const RULES = gateRules(watchSettings.parse({}));

/** Seconds until each run was called bad (Infinity: never) and until its error rate was called good. */
function simulate(runs: number, { perSecond, errors, blocks }: Service, rules: GateRules = RULES) {
  const random = randomOf(20_000 + perSecond + errors * 1e6);
  const bad: number[] = [];
  const good: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    let gate = openGate(rules);
    for (let index = 1; index <= blocks && gate.badAt === undefined; index += 1) {
      const failed = poisson(random, perSecond * errors * 5);
      const trials = Math.round(perSecond * (1 - errors) * 5) + failed;
      const latency = { above: 0, aboveForGood: 0, trials };
      const gauge = { events: 0, trials: 3 };
      const metrics = { errors: { events: failed, trials }, latency, cpu: gauge, memory: gauge };
      gate = observe(gate, blockOf(index * 5, metrics));
    }
    bad.push(gate.badAt ?? Number.POSITIVE_INFINITY);
    good.push(gate.settledAt.get('errors') ?? Number.POSITIVE_INFINITY);
  }
  return { bad: bad.sort((a, b) => a - b), good: good.sort((a, b) => a - b) };
}

const median = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)];
const alarms = (times: readonly number[]) => times.filter(Number.isFinite).length;

test('a healthy service of 0.2 % errors is called bad in 1 % of two-hour windows at most', () => {
  const { bad, good } = simulate(200, { perSecond: 50, errors: 0.002, blocks: 1_440 });
  expect(alarms(bad)).toBeLessThanOrEqual(2);
  expect(median(good)).toBeLessThanOrEqual(20);
});

test('3 % errors at 50 requests a second are found within 20 s in the median where errors alone are watched', () => {
  const rules = { ...RULES, allowed: { errors: 0.01 } };
  const { bad } = simulate(400, { perSecond: 50, errors: 0.03, blocks: 100 }, rules);
  expect(alarms(bad)).toBe(400);
  expect(median(bad)).toBeLessThanOrEqual(20);
});

test('three more metrics beside the errors cost one look: 25 s in the median', () => {
  const { bad } = simulate(400, { perSecond: 50, errors: 0.03, blocks: 100 });
  expect(alarms(bad)).toBe(400);
  expect(median(bad)).toBeLessThanOrEqual(25);
  expect(bad[Math.floor(bad.length * 0.95)]).toBeLessThanOrEqual(40);
});

test('10 % errors at 50 requests a second are found within 20 s in nearly every run', () => {
  const { bad } = simulate(200, { perSecond: 50, errors: 0.1, blocks: 100 });
  expect(bad[Math.floor(bad.length * 0.95)]).toBeLessThanOrEqual(20);
});

test('a service just at its limit is hardly ever called good, and hardly ever bad', () => {
  const { bad, good } = simulate(100, { perSecond: 50, errors: 0.01, blocks: 200 });
  expect(alarms(bad)).toBeLessThanOrEqual(1);
  expect(alarms(good)).toBeLessThanOrEqual(5);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rulesOf } from './blocks.fixture.ts';
import { type GaugeEvidence, gaugeBad, gaugeGood, openGauge, stepGauge } from './gauge.ts';
import type { GaugeRule } from './rules.ts';

const RULE: GaugeRule = {
  kind: 'gauge',
  id: 'cpu',
  weight: 1,
  limit: 0.7,
  correlation: 0.8,
  deviation: 0.05,
};
const open = (more: Partial<GaugeRule> = {}): GaugeEvidence =>
  openGauge({ ...RULE, ...more }, rulesOf([RULE]));
const run = (levels: readonly (number | undefined)[], from = open()): GaugeEvidence =>
  levels.reduce((evidence: GaugeEvidence, level) => stepGauge(evidence, level, 5_000, true), from);

/** The mean over what is new in the next sample, a normal deviate; by Simpson's rule, far into both tails. */
function meanOf(log: (news: number) => number, deviation: number): number {
  const [steps, reach] = [480, 12];
  let sum = 0;
  for (let step = 0; step <= steps; step += 1) {
    const z = -reach + (2 * reach * step) / steps;
    const weight = step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2;
    sum += weight * Math.exp(log(z * deviation) - z ** 2 / 2);
  }
  return (sum * ((2 * reach) / steps / 3)) / Math.sqrt(2 * Math.PI);
}

const { limit, correlation: r, deviation } = RULE;

test.each([0.7, 0.75, 0.4])(
  'with its mean at the limit, one sample after a level of %d has a mean of 1 at most',
  (last) => {
    for (const [evidence, away] of [
      [gaugeBad, 0],
      [gaugeBad, -0.1],
      [gaugeGood, 0],
      [gaugeGood, 0.1],
    ] as const) {
      const around = limit + away;
      const before = run([last]);
      const next = (news: number) => around + r * (last - around) + news;
      const mean = meanOf((news) => evidence(stepGauge(before, next(news), 5_000, true)), deviation);
      expect(mean).toBeLessThanOrEqual(1 + 1e-9);
      expect(mean).toBeGreaterThan(0);
    }
  },
);

test('over two samples, the second judged by the deviation that is known before it, the mean is 1 at most', () => {
  const before = run([0.7, 0.72, 0.69, 0.74, 0.66, 0.7, 0.73, 0.68, 0.71, 0.7]);
  const last = 0.7;
  const own = Math.exp(gaugeBad(before));
  const mean = meanOf((first) => {
    const level = limit + r * (last - limit) + first;
    const after = stepGauge(before, level, 5_000, true);
    return Math.log(
      meanOf(
        (second) => gaugeBad(stepGauge(after, limit + r * (level - limit) + second, 5_000, true)),
        deviation,
      ),
    );
  }, deviation);
  expect(mean).toBeLessThanOrEqual(own + 1e-9);
});

test('a first sample says nothing, for nothing tells how much of it is new', () => {
  const evidence = run([5]);
  expect(gaugeBad(evidence)).toBe(0);
  expect(gaugeGood(evidence)).toBe(0);
});

test('after a missed look, or one without data, whitening begins anew and what was found stays', () => {
  const before = run([0.9, 0.9, 0.9]);
  const missed = stepGauge(before, 5, 30_000, false);
  expect(gaugeBad(missed)).toBe(gaugeBad(before));
  const silent = stepGauge(before, undefined, 5_000, true);
  expect(gaugeBad(silent)).toBe(gaugeBad(before));
  expect(gaugeBad(stepGauge(silent, 5, 5_000, true))).toBe(gaugeBad(before));
});

test('far above the limit it is bad, far below it good, and never both', () => {
  const high = run(new Array<number>(60).fill(1));
  expect(gaugeBad(high)).toBeGreaterThan(Math.log(100));
  expect(gaugeGood(high)).toBeLessThan(0);
  const low = run(new Array<number>(60).fill(0.3));
  expect(gaugeGood(low)).toBeGreaterThan(Math.log(20));
  expect(gaugeBad(low)).toBeLessThan(0);
});

test('a gauge that swings more than its history is believed less, for it may go up a few times by chance', () => {
  const steady = open({ deviation: 0.001 });
  /** Around the limit: what is new in each sample goes up and down by 0.05, and at last eight times up. */
  const news = [
    ...Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 0.05 : -0.05)),
    ...new Array<number>(8).fill(0.05),
  ];
  let level = limit;
  const levels = news.map((one) => {
    level = limit + r * (level - limit) + one;
    return level;
  });
  expect(gaugeBad(run([limit, ...levels], steady))).toBeLessThan(Math.log(10));
});

test('evidence is a number whatever the levels are', () => {
  const level = fc.option(fc.double({ min: 0, max: 1_000, noNaN: true }), { nil: undefined });
  fc.assert(
    fc.property(fc.array(level, { maxLength: 60 }), (levels) => {
      const evidence = run(levels);
      expect(gaugeBad(evidence)).not.toBeNaN();
      expect(gaugeGood(evidence)).not.toBeNaN();
    }),
  );
});

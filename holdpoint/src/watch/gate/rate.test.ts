import { describe, expect, test } from 'vitest';
import { binomial, meanOf } from './enumeration.fixture.ts';
import { logEvidence, type Mixture, type MixtureSettings, openMixture, robustCap } from './mixture.ts';
import { betterRates, logRatios, rateTest, stepRate, worseRates } from './rate.ts';

const PLAIN: MixtureSettings = {
  start: 0.5,
  window: 7_200_000,
  cap: Number.POSITIVE_INFINITY,
  overdispersion: 1,
};
const PROMOTION: MixtureSettings = { ...PLAIN, start: 1 };
type Counts = readonly [events: number, trials: number];

function run(
  settings: MixtureSettings,
  allowed: number,
  blocks: readonly Counts[],
  rates: readonly number[] = worseRates(allowed),
  from: Mixture = openMixture(rates.length),
): Mixture {
  const rate = rateTest(settings, allowed, rates);
  return blocks.reduce((mixture, [events, trials]) => stepRate(rate, mixture, events, trials, 5_000), from);
}

describe('test (a): worse than the limit', () => {
  test.each<{ blocks: Counts[]; evidence: number; digits: number }>([
    { blocks: [[0, 100]], evidence: 0.5962966245, digits: 10 },
    { blocks: [[3, 100]], evidence: 1.2307871076, digits: 10 },
    {
      blocks: [
        [3, 100],
        [3, 100],
        [4, 100],
      ],
      evidence: 18.821933695,
      digits: 9,
    },
    {
      blocks: [
        [0, 1000],
        [30, 1000],
      ],
      evidence: 25.6596,
      digits: 3,
    },
  ])('the published value $evidence comes out of $blocks', ({ blocks, evidence, digits }) => {
    expect(Math.exp(logEvidence(run(PLAIN, 0.01, blocks)))).toBeCloseTo(evidence, digits);
  });

  test.each([
    { trials: 1, allowed: 0.01, cap: Number.POSITIVE_INFINITY, overdispersion: 1 },
    { trials: 40, allowed: 0.05, cap: Number.POSITIVE_INFINITY, overdispersion: 1 },
    { trials: 250, allowed: 0.01, cap: Number.POSITIVE_INFINITY, overdispersion: 1 },
    { trials: 60, allowed: 0.5, cap: Number.POSITIVE_INFINITY, overdispersion: 1 },
    { trials: 250, allowed: 0.01, cap: robustCap(0.01), overdispersion: 1 },
    { trials: 250, allowed: 0.01, cap: robustCap(0.01), overdispersion: 4 },
  ])('at the limit, and below it, the mean over all outcomes is 1 at most: %o', (one) => {
    for (const rate of [one.allowed, one.allowed / 2, one.allowed / 20]) {
      const mean = meanOf(binomial(one.trials, rate), (events) =>
        logEvidence(run({ ...PLAIN, ...one }, one.allowed, [[events, one.trials]])),
      );
      expect(mean).toBeLessThanOrEqual(1 + 1e-9);
      // The plain test loses nothing at the limit itself: a mean below 1 would be a mistake in the ratios.
      if (rate === one.allowed && one.cap === Number.POSITIVE_INFINITY) expect(mean).toBeCloseTo(1, 9);
    }
  });

  test('over two blocks the mean at the limit is still exactly 1', () => {
    const mean = meanOf(binomial(30, 0.05), (first) => {
      const after = run(PLAIN, 0.05, [[first, 30]]);
      return Math.log(
        meanOf(binomial(20, 0.05), (second) =>
          logEvidence(run(PLAIN, 0.05, [[second, 20]], worseRates(0.05), after)),
        ),
      );
    });
    expect(mean).toBeCloseTo(1, 9);
  });

  test('rates that are no rates any more are not looked for', () => {
    expect(worseRates(0.01)).toHaveLength(9);
    expect(Math.max(...worseRates(0.3))).toBeLessThan(0.98);
    expect(worseRates(0.9)).toEqual([]);
  });

  test('a limit so high that nothing can be shown to be worse gives no evidence, and no NaN', () => {
    expect(logEvidence(run(PLAIN, 0.9, [[100, 100]]))).toBe(0);
  });
});

describe('test (e): better than the limit', () => {
  test.each([0.001, 0.01, 0.05, 0.4])('at a limit of %d, and above it, the mean is 1 at most', (allowed) => {
    for (const rate of [allowed, 1.3 * allowed, 2 * allowed]) {
      const mean = meanOf(binomial(250, rate), (events) =>
        logEvidence(run(PROMOTION, allowed, [[events, 250]], betterRates(allowed))),
      );
      expect(mean).toBeLessThanOrEqual(1 + 1e-9);
      if (rate === allowed) expect(mean).toBeCloseTo(1, 9);
    }
  });

  test('about 480 requests without an error show 1 % to be kept', () => {
    const evidence = (requests: number) =>
      Math.exp(logEvidence(run(PROMOTION, 0.01, [[0, requests]], betterRates(0.01))));
    expect(evidence(480)).toBeGreaterThan(20);
    expect(evidence(380)).toBeLessThan(20);
  });
});

test('a block without requests says nothing', () => {
  const rate = rateTest(PLAIN, 0.01, worseRates(0.01));
  expect(logRatios(rate, 0, 0).every((log) => log === 0)).toBe(true);
});

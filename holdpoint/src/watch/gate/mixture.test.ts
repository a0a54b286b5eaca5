import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  logEvidence,
  type Mixture,
  type MixtureSettings,
  openMixture,
  robustCap,
  stepMixture,
} from './mixture.ts';
import { betterRates } from './promote.ts';
import { logRatios, worseRates } from './rate.ts';

const PLAIN: MixtureSettings = {
  start: 0.5,
  window: 7_200_000,
  cap: Number.POSITIVE_INFINITY,
  overdispersion: 1,
};
const BLOCK = 5_000;
type Counts = readonly [events: number, trials: number, milliseconds?: number];

function run(settings: MixtureSettings, allowed: number, blocks: readonly Counts[], from?: Mixture): Mixture {
  const rates = worseRates(allowed);
  return blocks.reduce(
    (mixture, [events, trials, milliseconds]) =>
      stepMixture(settings, mixture, logRatios(allowed, rates, events, trials), milliseconds ?? BLOCK),
    from ?? openMixture(rates.length),
  );
}

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

const counts: fc.Arbitrary<Counts> = fc
  .tuple(fc.nat(200), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 0, max: 60_000 }))
  .map(([trials, share, milliseconds]) => [Math.floor(trials * share), trials, milliseconds]);
const history = fc.array(counts, { maxLength: 40 });

/** All outcomes of one block with the logarithms of their binomial probabilities. */
function outcomes(trials: number, rate: number): { events: number; log: number }[] {
  const all: { events: number; log: number }[] = [];
  let logChoose = 0;
  for (let events = 0; events <= trials; events += 1) {
    if (events > 0) logChoose += Math.log(trials - events + 1) - Math.log(events);
    const log = logChoose + events * Math.log(rate) + (trials - events) * Math.log1p(-rate);
    all.push({ events, log });
  }
  return all;
}

test.each([
  { trials: 1, allowed: 0.01, cap: Number.POSITIVE_INFINITY, overdispersion: 1 },
  { trials: 40, allowed: 0.05, cap: Number.POSITIVE_INFINITY, overdispersion: 1 },
  { trials: 250, allowed: 0.01, cap: Number.POSITIVE_INFINITY, overdispersion: 1 },
  { trials: 250, allowed: 0.01, cap: robustCap(0.01), overdispersion: 1 },
  { trials: 250, allowed: 0.01, cap: robustCap(0.01), overdispersion: 4 },
])('at the limit, and below it, evidence for bad is 1 at most on average: %o', (one) => {
  for (const rate of [one.allowed, one.allowed / 2]) {
    let mean = 0;
    for (const { events, log } of outcomes(one.trials, rate)) {
      mean += Math.exp(log + logEvidence(run({ ...PLAIN, ...one }, one.allowed, [[events, one.trials]])));
    }
    expect(mean).toBeLessThanOrEqual(1 + 1e-9);
    // The plain test loses nothing at the limit itself: a mean below 1 would be a mistake in the ratios.
    if (rate === one.allowed && one.cap === Number.POSITIVE_INFINITY) expect(mean).toBeCloseTo(1, 9);
  }
});

test('over two blocks the average at the limit is still exactly 1', () => {
  let mean = 0;
  for (const first of outcomes(30, 0.05)) {
    const after = run(PLAIN, 0.05, [[first.events, 30]]);
    for (const second of outcomes(20, 0.05)) {
      const evidence = logEvidence(run(PLAIN, 0.05, [[second.events, 20, 20_000]], after));
      mean += Math.exp(first.log + second.log + evidence);
    }
  }
  expect(mean).toBeCloseTo(1, 9);
});

test('at the limit, and above it, evidence for good is 1 at most on average', () => {
  const rates = betterRates(0.01);
  for (const rate of [0.01, 0.02]) {
    let mean = 0;
    for (const { events, log } of outcomes(250, rate)) {
      const start = { ...PLAIN, start: 1 };
      const mixture = stepMixture(
        start,
        openMixture(rates.length),
        logRatios(0.01, rates, events, 250),
        BLOCK,
      );
      mean += Math.exp(log + logEvidence(mixture));
    }
    expect(mean).toBeLessThanOrEqual(1 + 1e-9);
  }
});

test('a lower cap never gives more evidence', () => {
  const cap = fc.double({ min: 0.01, max: 20, noNaN: true });
  fc.assert(
    fc.property(history, cap, cap, (blocks, a, b) => {
      const evidence = (at: number) => logEvidence(run({ ...PLAIN, cap: at }, 0.01, blocks));
      expect(evidence(Math.min(a, b))).toBeLessThanOrEqual(evidence(Math.max(a, b)) + 1e-9);
    }),
  );
});

test('more overdispersion never gives more evidence from blocks that all speak for bad, nor less from good ones', () => {
  const phi = fc.double({ min: 1, max: 50, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.nat(100), { minLength: 1, maxLength: 20 }), phi, phi, (sizes, a, b) => {
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const evidence = (overdispersion: number, blocks: Counts[]) =>
        logEvidence(run({ ...PLAIN, overdispersion }, 0.01, blocks));
      const bad: Counts[] = sizes.map((size) => [size, size]);
      const good: Counts[] = sizes.map((size) => [0, size]);
      expect(evidence(high, bad)).toBeLessThanOrEqual(evidence(low, bad) + 1e-9);
      expect(evidence(high, good)).toBeGreaterThanOrEqual(evidence(low, good) - 1e-9);
    }),
  );
});

test('going on from the middle gives the very bits that one run gives', () => {
  fc.assert(
    fc.property(history, fc.nat(40), (blocks, cut) => {
      const settings = { ...PLAIN, cap: robustCap(0.01) };
      const whole = run(settings, 0.01, blocks);
      const half = run(settings, 0.01, blocks.slice(0, cut));
      expect(run(settings, 0.01, blocks.slice(cut), half)).toStrictEqual(whole);
    }),
  );
});

test('never puts more than the whole prior to work, however long the gaps are', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20_000_000 }), { maxLength: 30 }), (gaps) => {
      const mixture = run(
        PLAIN,
        0.01,
        gaps.map((gap): Counts => [0, 0, gap]),
      );
      expect(mixture.spent).toBeLessThanOrEqual(1);
      expect(logEvidence(mixture)).toBeCloseTo(0, 9);
    }),
  );
});

test('a gap spends as much of the prior as the blocks that it stands for', () => {
  const apart = run(PLAIN, 0.01, [
    [0, 0],
    [0, 0],
    [0, 0],
  ]);
  const together = run(PLAIN, 0.01, [
    [0, 0],
    [0, 0, 2 * BLOCK],
  ]);
  expect(together.spent).toBeCloseTo(apart.spent, 12);
});

test('a window of nothing but errors stays a number, and an hour of good data does not blind the test', () => {
  const errors = Array.from({ length: 1_440 }, (): Counts => [10_000, 10_000]);
  expect(Number.isFinite(logEvidence(run(PLAIN, 0.01, errors)))).toBe(true);
  const good = Array.from({ length: 720 }, (): Counts => [0, 10_000]);
  const turned = run({ ...PLAIN, cap: robustCap(0.01) }, 0.01, [...good, ...errors.slice(0, 8)]);
  expect(logEvidence(turned)).toBeGreaterThan(Math.log(100));
});

test('overdispersion divides what a block says, and below 1 it counts as 1', () => {
  const evidence = (overdispersion: number) =>
    logEvidence(run({ ...PLAIN, overdispersion }, 0.01, [[30, 1000]]));
  expect(evidence(4)).toBeLessThan(evidence(1) - 1);
  expect(evidence(0.25)).toBe(evidence(1));
});

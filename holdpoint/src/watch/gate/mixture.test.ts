import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  limitEvidence,
  logAdd,
  logEvidence,
  logSum,
  type Mixture,
  type MixtureSettings,
  openMixture,
  robustCap,
  stepMixture,
} from './mixture.ts';

const NONE = Number.NEGATIVE_INFINITY;
const PLAIN: MixtureSettings = {
  start: 0.5,
  window: 7_200_000,
  cap: Number.POSITIVE_INFINITY,
  overdispersion: 1,
};
const BLOCK = 5_000;
type Step = readonly [logs: readonly number[], milliseconds: number];

const run = (settings: MixtureSettings, steps: readonly Step[], from: Mixture = openMixture(3)): Mixture =>
  steps.reduce((mixture, [logs, milliseconds]) => stepMixture(settings, mixture, logs, milliseconds), from);

const logs = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 3, maxLength: 3 });
const steps: fc.Arbitrary<Step[]> = fc.array(fc.tuple(logs, fc.integer({ min: 0, max: 60_000 })), {
  maxLength: 40,
});

test('the first block puts half of the prior to work and its part of the rest, a later one its part alone', () => {
  const first = stepMixture(PLAIN, openMixture(1), [0], BLOCK);
  expect(first.spent).toBeCloseTo(0.5 + (0.5 * 5) / 7_200, 15);
  expect(stepMixture(PLAIN, first, [0], BLOCK).spent - first.spent).toBeCloseTo((0.5 * 5) / 7_200, 15);
});

test('a lower cap never gives more evidence', () => {
  const cap = fc.double({ min: 0.01, max: 20, noNaN: true });
  fc.assert(
    fc.property(steps, cap, cap, (all, a, b) => {
      const evidence = (at: number) => logEvidence(run({ ...PLAIN, cap: at }, all));
      expect(evidence(Math.min(a, b))).toBeLessThanOrEqual(evidence(Math.max(a, b)) + 1e-9);
    }),
  );
});

test('more overdispersion never gives more evidence where all speaks against the null, nor less where all speaks for it', () => {
  const phi = fc.double({ min: 1, max: 50, noNaN: true });
  fc.assert(
    fc.property(steps, phi, phi, (all, a, b) => {
      const evidence = (overdispersion: number, sign: number) =>
        logEvidence(
          run(
            { ...PLAIN, overdispersion },
            all.map(([ratios, milliseconds]) => [ratios.map((log) => sign * Math.abs(log)), milliseconds]),
          ),
        );
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      expect(evidence(high, 1)).toBeLessThanOrEqual(evidence(low, 1) + 1e-9);
      expect(evidence(high, -1)).toBeGreaterThanOrEqual(evidence(low, -1) - 1e-9);
    }),
  );
});

test('overdispersion below 1 counts as 1', () => {
  const evidence = (overdispersion: number) => run({ ...PLAIN, overdispersion }, [[[1, 2, 3], BLOCK]]);
  expect(evidence(0.25)).toStrictEqual(evidence(1));
});

test('going on from the middle gives the very bits that one run gives', () => {
  fc.assert(
    fc.property(steps, fc.nat(40), (all, cut) => {
      const settings = { ...PLAIN, cap: robustCap(0.01) };
      expect(run(settings, all.slice(cut), run(settings, all.slice(0, cut)))).toStrictEqual(
        run(settings, all),
      );
    }),
  );
});

test('evidence is a number whatever was seen, and never less than what was not put to work', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const mixture = run(PLAIN, all);
      const evidence = logEvidence(mixture);
      expect(evidence).not.toBeNaN();
      expect(Math.exp(evidence)).toBeGreaterThanOrEqual(1 - mixture.spent - 1e-12);
    }),
  );
});

test('blocks that say nothing put prior to work and change no evidence, however long the gaps are', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20_000_000 }), { maxLength: 30 }), (gaps) => {
      const mixture = run(
        PLAIN,
        gaps.map((gap): Step => [[0, 0, 0], gap]),
      );
      expect(mixture.spent).toBeLessThanOrEqual(1);
      expect(logEvidence(mixture)).toBeCloseTo(0, 9);
    }),
  );
});

test('a gap puts as much of the prior to work as the blocks that it stands for', () => {
  const nothing = [0, 0, 0];
  const apart = run(PLAIN, [
    [nothing, BLOCK],
    [nothing, BLOCK],
    [nothing, BLOCK],
  ]);
  const together = run(PLAIN, [
    [nothing, BLOCK],
    [nothing, 2 * BLOCK],
  ]);
  expect(together.spent).toBeCloseTo(apart.spent, 12);
});

test('a window of the loudest blocks stays a number, and an hour of good ones does not blind the test', () => {
  const loud = Array.from({ length: 1_440 }, (): Step => [[700, 800, 900], BLOCK]);
  expect(Number.isFinite(logEvidence(run(PLAIN, loud)))).toBe(true);
  const quiet = Array.from({ length: 720 }, (): Step => [[-5, -50, -500], BLOCK]);
  const settings = { ...PLAIN, cap: robustCap(0.01) };
  expect(logEvidence(run(settings, [...quiet, ...loud.slice(0, 6)]))).toBeGreaterThan(Math.log(100));
});

test('with the robust cap two blocks never suffice, however loud they are', () => {
  for (const alpha of [0.05, 0.01, 0.001]) {
    const settings = { ...PLAIN, cap: robustCap(alpha) };
    const loud: Step = [[1e6, 1e6, 1e6], BLOCK];
    expect(logEvidence(run(settings, [loud, loud]))).toBeLessThan(Math.log(1 / alpha));
    expect(logEvidence(run(settings, [loud, loud, loud]))).toBeGreaterThan(Math.log(1 / alpha));
  }
});

test('evidence that is limited is what it is limited to, or less, and never more than it was', () => {
  fc.assert(
    fc.property(steps, fc.double({ min: -20, max: 20, noNaN: true }), (all, most) => {
      const mixture = run(PLAIN, all);
      const limited = limitEvidence(mixture, most);
      expect(limited.spent).toBe(mixture.spent);
      const evidence = logEvidence(limited);
      expect(evidence).not.toBeNaN();
      expect(evidence).toBeLessThanOrEqual(logEvidence(mixture) + 1e-9);
      expect(evidence).toBeLessThanOrEqual(Math.max(most, Math.log(1 - mixture.spent)) + 1e-9);
      const after = logEvidence(stepMixture(PLAIN, limited, [1, 2, 3], BLOCK));
      expect(after).not.toBeNaN();
    }),
  );
});

test('evidence with nothing at work yet can be limited', () => {
  const limited = limitEvidence(openMixture(2), -1);
  expect(limited.logWealth).toEqual([NONE, NONE]);
  expect(logEvidence(limited)).toBe(0);
});

test('sums of logarithms neither overflow nor stumble over nothing', () => {
  expect(logSum([1_000, 1_000])).toBeCloseTo(1_000 + Math.LN2, 9);
  expect(logSum([])).toBe(NONE);
  expect(logSum([NONE, NONE])).toBe(NONE);
  expect(logAdd(NONE, 3)).toBe(3);
  expect(logAdd(3, NONE)).toBe(3);
  expect(logAdd(-1_000, -1_000)).toBeCloseTo(-1_000 + Math.LN2, 9);
});

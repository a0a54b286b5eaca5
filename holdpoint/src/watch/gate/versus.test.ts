import fc from 'fast-check';
import { expect, test } from 'vitest';
import { binomial, meanOf, type Outcome, poisson } from './enumeration.fixture.ts';
import { type MixtureSettings, robustCap } from './mixture.ts';
import { openVersus, type Pair, stepVersus, type Tolerance, type Versus, versusEvidence } from './versus.ts';

const PLAIN: MixtureSettings = {
  start: 0.5,
  window: 7_200_000,
  cap: Number.POSITIVE_INFINITY,
  overdispersion: 1,
};
const USUAL: Tolerance = { ratio: 1.5, slack: 0.001 };
type Row = readonly [newEvents: number, newTrials: number, oldEvents: number, oldTrials: number];

const pairOf = ([newEvents, newTrials, oldEvents, oldTrials]: Row): Pair => ({
  newEvents,
  newTrials,
  oldEvents,
  oldTrials,
});

const run = (
  tolerance: Tolerance,
  rows: readonly Row[],
  settings = PLAIN,
  from: Versus = openVersus(),
): Versus =>
  rows.reduce((versus, row) => stepVersus({ settings, tolerance }, versus, pairOf(row), 5_000), from);

test.each<{ rows: Row[]; evidence: number }>([
  { rows: [[3, 100, 0, 100]], evidence: 1.8955848656 },
  {
    rows: [
      [3, 100, 1, 100],
      [4, 100, 0, 100],
      [5, 100, 0, 100],
    ],
    evidence: 7.9265224466,
  },
])('the published value $evidence comes out of $rows', ({ rows, evidence }) => {
  expect(Math.exp(versusEvidence(run(USUAL, rows)))).toBeCloseTo(evidence, 9);
});

const expected = (
  tolerance: Tolerance,
  fresh: readonly Outcome[],
  old: readonly Outcome[],
  n1: number,
  n0: number,
) => meanOf(fresh, (e1) => Math.log(meanOf(old, (e0) => versusEvidence(run(tolerance, [[e1, n1, e0, n0]])))));

test.each([
  { n1: 100, n0: 100, tolerance: USUAL },
  { n1: 20, n0: 160, tolerance: USUAL },
  { n1: 200, n0: 25, tolerance: USUAL },
  { n1: 100, n0: 100, tolerance: { ratio: 1, slack: 0 } },
  { n1: 100, n0: 60, tolerance: { ratio: 1.5, slack: 0.01 } },
])(
  'whatever the old version does, a new one that is just tolerable has a mean of 1 at most: %o',
  ({ n1, n0, tolerance }) => {
    for (const old of [0, 0.002, 0.01, 0.1, 0.3]) {
      const fresh = tolerance.ratio * old + tolerance.slack;
      const independent = expected(tolerance, poisson(n1 * fresh), poisson(n0 * old), n1, n0);
      // Independent arrivals lose nothing at the edge of what is tolerable.
      expect(independent).toBeCloseTo(1, 6);
      expect(expected(tolerance, binomial(n1, fresh), binomial(n0, old), n1, n0)).toBeLessThanOrEqual(
        1 + 1e-9,
      );
      const better = expected(tolerance, poisson((n1 * fresh) / 2), poisson(n0 * old), n1, n0);
      expect(better).toBeLessThanOrEqual(1 + 1e-9);
    }
  },
);

test('an incident that raises both alike says nothing, however bad it is', () => {
  const rows: Row[] = Array.from({ length: 100 }, () => [80, 100, 80, 100]);
  expect(versusEvidence(run(USUAL, rows))).toBeLessThan(0);
  expect(versusEvidence(run({ ratio: 1, slack: 0 }, rows))).toBeLessThan(0.1);
});

test('a block is closed when both versions had ten requests, and never because of errors', () => {
  const open = run(USUAL, [
    [9, 9, 0, 500],
    [0, 0, 0, 500],
  ]);
  expect(open.mixture.spent).toBe(0);
  expect(open.open).toEqual({
    newEvents: 9,
    newTrials: 9,
    oldEvents: 0,
    oldTrials: 1_000,
    milliseconds: 10_000,
  });
  const closed = run(USUAL, [[0, 1, 0, 0]], PLAIN, open);
  expect(closed).toStrictEqual({
    ...run(USUAL, []),
    mixture: stepVersus(
      { settings: PLAIN, tolerance: USUAL },
      openVersus(),
      pairOf([9, 10, 0, 1_000]),
      15_000,
    ).mixture,
  });
});

test('what the old version did without the new one having requests counts in the next block, and time with it', () => {
  const versus = run(USUAL, [
    [0, 0, 3, 200],
    [0, 50, 0, 50],
  ]);
  expect(versus.mixture.spent).toBeCloseTo(0.5 + (0.5 * 10) / 7_200, 12);
  expect(versus.open.milliseconds).toBe(0);
});

test('a lower cap never gives more evidence, and evidence is always a number', () => {
  const row: fc.Arbitrary<Row> = fc
    .tuple(
      fc.nat(300),
      fc.nat(300),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
    )
    .map(([n1, n0, share1, share0]) => [Math.floor(n1 * share1), n1, Math.floor(n0 * share0), n0]);
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 30 }),
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      (rows, cap) => {
        const evidence = (at: number) => versusEvidence(run(USUAL, rows, { ...PLAIN, cap: at }));
        expect(evidence(cap)).not.toBeNaN();
        expect(evidence(cap)).toBeLessThanOrEqual(evidence(2 * cap) + 1e-9);
      },
    ),
  );
});

test('three blocks of a plainly worse version suffice with the robust cap', () => {
  const settings = { ...PLAIN, cap: robustCap(0.01) };
  const rows: Row[] = Array.from({ length: 3 }, () => [50, 100, 0, 100]);
  expect(versusEvidence(run(USUAL, rows, settings))).toBeGreaterThan(Math.log(100));
});

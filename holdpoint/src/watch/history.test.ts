import { expect, test } from 'vitest';
import { overdispersionOf, totalOf, whiteningOf } from './history.ts';

const bins = (events: readonly number[]) => events.map((one) => ({ events: one, trials: 1_000 }));
const repeat = (times: number, ...values: readonly number[]): number[] =>
  Array.from({ length: times }, () => values).flat();

test('events that come together are as overdispersed as the variance of their minutes says', () => {
  // Ten a storm, one minute in six: mean 10/6, variance 10·mean − mean², over n − 1.
  const found = overdispersionOf(bins(repeat(10, 10, 0, 0, 0, 0, 0)));
  const mean = 10 / 6;
  expect(found).toBeCloseTo(((10 * mean - mean ** 2) / mean) * (60 / 59), 9);
});

test('as even as independent events, evener, or a little less even by chance: all count as 1', () => {
  expect(overdispersionOf(bins(repeat(30, 5, 5)))).toBe(1);
  // Variance 5.4 of a mean of 5: an hour of independent events strays as far in one case of three.
  expect(overdispersionOf(bins(repeat(20, 2, 5, 8)))).toBe(1);
});

test('too few minutes, or none with an event, say nothing about clumps', () => {
  expect(overdispersionOf(bins(repeat(3, 20, 0, 0)))).toBe(1);
  expect(overdispersionOf(bins(repeat(60, 0)))).toBe(1);
  expect(overdispersionOf([])).toBe(1);
});

/** A first-order autoregression of innovations that are always the same few. */
function levelsOf(correlation: number, count: number): number[] {
  let level = 0;
  return Array.from({ length: count }, (_, index) => {
    level = correlation * level + 0.05 * Math.sin(index * index * 1.7);
    return 0.5 + level;
  });
}

test('a gauge is taken for slower and noisier than it looked', () => {
  const found = whiteningOf(levelsOf(0.8, 2_000));
  // sin of such an argument spreads evenly: its deviation is √½ of the amplitude.
  expect(found?.correlation).toBeGreaterThan(0.8);
  expect(found?.correlation).toBeLessThan(0.88);
  expect(found?.deviation).toBeGreaterThan(0.05 * Math.SQRT1_2);
  expect(found?.deviation).toBeLessThan(1.4 * 0.05 * Math.SQRT1_2);
});

test('a gauge that only ever rose is as slow as can be, and still whitened', () => {
  const found = whiteningOf(Array.from({ length: 720 }, (_, index) => index / 1_000));
  expect(found?.correlation).toBeLessThanOrEqual(0.99);
  expect(found?.deviation).toBeGreaterThan(0);
});

test('too few levels, or levels that never move, tell nothing', () => {
  expect(whiteningOf(levelsOf(0.5, 20))).toBeUndefined();
  expect(whiteningOf(repeat(100, 0.25))).toBeUndefined();
  expect(whiteningOf([])).toBeUndefined();
});

test('a total is the sum of its minutes', () => {
  expect(totalOf(bins([1, 2, 3]))).toEqual({ events: 6, trials: 3_000 });
  expect(totalOf([])).toEqual({ events: 0, trials: 0 });
});

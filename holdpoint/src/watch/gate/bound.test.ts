import { expect, test } from 'vitest';
import { upperBound } from './bound.ts';
import { binomial } from './enumeration.fixture.ts';

test('without an event the bound is what its formula says: 1 − level^(1/n)', () => {
  expect(upperBound(0, 1_000, 0.001)).toBeCloseTo(1 - 0.001 ** (1 / 1_000), 12);
});

test('where nothing was counted, or all failed, anything is possible', () => {
  expect(upperBound(0, 0, 0.001)).toBe(1);
  expect(upperBound(50, 50, 0.001)).toBe(1);
});

test.each([
  [100, 0.01],
  [1_000, 0.002],
  [400, 0.3],
])('of %d trials at a rate of %d it lies below the rate as rarely as it promises', (trials, rate) => {
  for (const level of [0.05, 0.001]) {
    const below = binomial(trials, rate)
      .filter(({ events }) => upperBound(events, trials, level) < rate)
      .reduce((sum, { log }) => sum + Math.exp(log), 0);
    expect(below).toBeLessThanOrEqual(level);
  }
});

test('it lies above what was seen, falls with more trials, and rises as it has to be surer', () => {
  expect(upperBound(20, 10_000, 0.001)).toBeGreaterThan(0.002);
  expect(upperBound(200, 100_000, 0.001)).toBeLessThan(upperBound(20, 10_000, 0.001));
  expect(upperBound(20, 10_000, 0.0001)).toBeGreaterThan(upperBound(20, 10_000, 0.001));
});

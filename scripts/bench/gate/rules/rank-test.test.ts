import { expect, test } from 'vitest';
import { hodgesLehmann, isHigh, score } from './rank-test.ts';

test('the score is that of the textbook: rank sum, ties, correction for continuity', () => {
  // Five above five: U = 25, mean 12.5, deviation √(25·11/12).
  expect(score([6, 7, 8, 9, 10], [1, 2, 3, 4, 5], 0)).toBeCloseTo(12 / Math.sqrt((25 * 11) / 12), 12);
  // One pair of ties: its ranks are 2.5 each.
  const variance = ((2 * 3) / 12) * (6 - 6 / 20);
  expect(score([2, 3], [1, 2, 4], 0)).toBeCloseTo(0, 12);
  expect(score([2, 5], [1, 2, 4], 0)).toBeCloseTo((4.5 - 3 - 0.5) / Math.sqrt(variance), 12);
});

test('shifting the new values by their distance takes the difference away', () => {
  expect(score([11, 12, 13], [1, 2, 3], 10)).toBeCloseTo(0, 12);
  expect(hodgesLehmann([11, 12, 13], [1, 2, 3])).toBe(10);
  expect(hodgesLehmann([1, 2], [0, 0])).toBe(1.5);
});

test('five minutes that are all higher are high, four are too few to tell', () => {
  const old = [0.2, 0.1, 0.3, 0.15, 0.25];
  expect(isHigh([3, 2.9, 3.1, 3.3, 2.8], old)).toBe(true);
  expect(isHigh([3, 2.9, 3.1, 3.3], old.slice(0, 4))).toBe(false);
});

test('lower, the same, or all tied is not high', () => {
  expect(isHigh([0.1, 0.2, 0.3, 0.4, 0.5], [3, 2.9, 3.1, 3.3, 2.8])).toBe(false);
  expect(isHigh([1, 2, 3, 4, 5], [1, 2, 3, 4, 5])).toBe(false);
  expect(isHigh([0, 0, 0, 0, 0], [0, 0, 0, 0, 0])).toBe(false);
  expect(isHigh([], [1])).toBe(false);
});

test('a shift that is real and small beside its own uncertainty is tolerated', () => {
  const old = Array.from({ length: 12 }, (_, index) => index);
  const fresh = old.map((value) => value + 6);
  expect(score(fresh, old, 0)).toBeGreaterThan(2.3263);
  expect(isHigh(fresh, old)).toBe(score(fresh, old, 1.5) > 2.3263478740408408);
});

import { expect, test } from 'vitest';
import { isFresh, isStale, openFreshness, stepFreshness } from './freshness.ts';

const RULE = { kind: 'freshness' as const, id: 'nightly', limit: 60_000 };
const after = (...ages: readonly (number | undefined)[]) => ages.reduce(stepFreshness, openFreshness(RULE));

test('three looks in a row that are too old are stale, two are not', () => {
  expect(isStale(after(1_000, 61_000, 66_000))).toBe(false);
  expect(isStale(after(1_000, 61_000, 66_000, 71_000))).toBe(true);
});

test('one fresh look in between begins the count anew', () => {
  expect(isStale(after(1_000, 61_000, 66_000, 1_000, 61_000, 66_000))).toBe(false);
});

test('what was too old from the beginning is no fault of the release, and no reason to promote it', () => {
  const evidence = after(...new Array<number>(50).fill(90_000));
  expect(isStale(evidence)).toBe(false);
  expect(isFresh(evidence)).toBe(false);
});

test('a look without data changes nothing', () => {
  const before = after(1_000, 61_000);
  expect(stepFreshness(before, undefined)).toBe(before);
});

test('it is fresh from the first time it happened, at the limit too', () => {
  expect(isFresh(after())).toBe(false);
  expect(isFresh(after(60_000))).toBe(true);
  expect(isFresh(after(1_000, 60_001))).toBe(false);
});

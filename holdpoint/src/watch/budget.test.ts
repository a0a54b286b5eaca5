import fc from 'fast-check';
import { expect, test } from 'vitest';
import { budgetInWords, budgetLeft } from './budget.ts';

const MINUTE = 60_000;

test('what is spent is measured by what the whole window allows at the present pace', () => {
  // 1,000 requests in 10 of 120 minutes: 12,000 are expected, and 120 of them may fail.
  const spending = { events: 12, trials: 1_000, allowed: 0.01, elapsed: 10 * MINUTE, window: 120 * MINUTE };
  expect(budgetLeft(spending)).toBeCloseTo(0.9, 12);
  expect(budgetLeft({ ...spending, elapsed: 120 * MINUTE })).toBeCloseTo(-0.2, 12);
});

test('without traffic nothing is known of it', () => {
  const spending = { events: 0, trials: 0, allowed: 0.01, elapsed: MINUTE, window: 120 * MINUTE };
  expect(budgetLeft(spending)).toBeUndefined();
  expect(budgetLeft({ ...spending, trials: 5, elapsed: 0 })).toBeUndefined();
});

test('a rate at its limit for the whole window leaves nothing, and no earlier', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.double({ min: 0.01, max: 1, noNaN: true }),
      (events, part) => {
        const left = budgetLeft({
          events,
          trials: events * 100,
          allowed: 0.01,
          elapsed: part * MINUTE,
          window: MINUTE,
        });
        expect(left).toBeCloseTo(1 - part, 9);
      },
    ),
  );
});

test.each<[number, string]>([
  [0.849, 'error budget left: 84 %'],
  [1, 'error budget left: 100 %'],
  [0, 'error budget left: 0 %'],
  [-1.4, 'error budget left: none, spent 2.4 times'],
  [-1_233, 'error budget left: none, spent 1,200 times'],
])('%f is told as %s', (left, words) => {
  expect(budgetInWords(left)).toBe(words);
});

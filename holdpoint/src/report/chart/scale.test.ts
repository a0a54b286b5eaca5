import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clockOf, place, type Scale, ticks, timeTicks } from './scale.ts';

const time = (to: number, bent = false): Scale => ({ from: 0, to, start: 60, end: 790, bent });

test('marks are round, and lie on the scale', () => {
  expect(ticks(0, 0.034, 4)).toEqual([0, 0.01, 0.02, 0.03]);
  expect(ticks(-2, 7.2, 3)).toEqual([0, 5]);
  expect(ticks(0, 0, 3)).toEqual([0]);
  expect(timeTicks(time(300_000), 90).map(clockOf)).toEqual(['0:00', '1:00', '2:00', '3:00', '4:00', '5:00']);
  expect(timeTicks(time(7_200_000, true), 62).map(clockOf)).toEqual([
    '0:00',
    '1:00',
    '5:00',
    '15:00',
    '30:00',
    '1:00:00',
    '2:00:00',
  ]);
});

test('no two marks of time are nearer than they may be, on however long a watch', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_000, max: 2e9 }), fc.boolean(), (to, bent) => {
      const places = timeTicks(time(to, bent), 62).map((at) => place(time(to, bent), at));
      expect(places.length).toBeGreaterThan(0);
      for (const [index, x] of places.entries()) {
        const before = places[index - 1];
        if (before !== undefined) expect(x - before).toBeGreaterThanOrEqual(62 - 1e-6);
      }
    }),
  );
});

test('what lies outside of the scale is drawn at its end, and what is no number at its beginning', () => {
  const scale = { from: 0, to: 10, start: 100, end: 0 };
  expect([-5, 5, 50, Number.POSITIVE_INFINITY, Number.NaN].map((value) => place(scale, value))).toEqual([
    100, 50, 0, 0, 100,
  ]);
});

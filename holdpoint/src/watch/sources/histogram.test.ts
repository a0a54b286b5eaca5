import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutsOf, type Histogram, histogramsOf, maybeAbove, surelyAbove, timedIn } from './histogram.ts';

const of = (edges: Record<string, number>, timed: number): Histogram => [
  ...Object.entries(edges)
    .map(([edge, count]) => ({ edge: Number(edge), count }))
    .sort((a, b) => a.edge - b.edge),
  { edge: Number.POSITIVE_INFINITY, count: timed },
];

test('the slow end is cut at the smallest edges that 95 % and 99 % stay within', () => {
  expect(cutsOf([of({ 100: 900, 250: 960, 500: 985, 1000: 995 }, 1_000)])).toStrictEqual([250, 1_000]);
});

test('one edge may serve both, and the infinite one serves none', () => {
  expect(cutsOf([of({ 100: 900, 250: 999 }, 1_000)])).toStrictEqual([250]);
  expect(cutsOf([of({ 100: 960 }, 1_000)])).toStrictEqual([100]);
  expect(cutsOf([of({ 100: 900 }, 1_000)])).toStrictEqual([]);
  expect(cutsOf([])).toStrictEqual([]);
  expect(cutsOf([of({ 100: 0 }, 0)])).toStrictEqual([]);
});

test('replicas are cut together, and an edge that one of them lacks is vouched for by its next lower one', () => {
  const one = of({ 100: 90, 250: 96, 500: 99 }, 100);
  const other = of({ 100: 99, 500: 100 }, 100);
  expect(cutsOf([one, other])).toStrictEqual([250, 500]);
});

test('an edge that is written in two ways is one bucket', () => {
  const row = (le: string, value: number) => ({
    name: 'took_ms_bucket',
    labels: new Map([['le', le]]),
    value,
  });
  expect(histogramsOf('took_ms', [row('8', 0), row('8.0', 1), row('+Inf', 4)])).toStrictEqual([
    of({ 8: 1 }, 4),
  ]);
});

const histogram = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 0, max: 50 })), {
    maxLength: 12,
    selector: ([edge]) => edge,
  })
  .map((steps) => {
    let count = 0;
    const buckets = steps
      .sort(([a], [b]) => a - b)
      .map(([edge, more]) => {
        count += more;
        return { edge, count };
      });
    return [...buckets, { edge: Number.POSITIVE_INFINITY, count: count + 3 }];
  });

test('whatever the edges, surely slow ≤ possibly slow ≤ all', () => {
  fc.assert(
    fc.property(histogram, fc.integer({ min: 1, max: 6_000 }), (one, duration) => {
      expect(surelyAbove(one, duration)).toBeLessThanOrEqual(maybeAbove(one, duration));
      expect(maybeAbove(one, duration)).toBeLessThanOrEqual(timedIn(one));
    }),
  );
});

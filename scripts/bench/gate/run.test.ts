import { expect, test } from 'vitest';
import { CELLS } from './cells.ts';
import { simulate, tailEdges } from './run.ts';
import { above, add, EDGES, emptySlice, sharesOf } from './traffic.ts';

const cellOf = (name: string, rate: number) => {
  const cell = CELLS.find((one) => one.name === name && one.rate === rate);
  if (cell === undefined) throw new Error(`no cell ${name}`);
  return cell;
};

test('the same seed gives the same run', () => {
  const cell = cellOf('3 % errors', 5);
  expect(simulate(cell, 11)).toEqual(simulate(cell, 11));
  expect(simulate(cell, 11)).not.toEqual(simulate(cell, 12));
});

test('a release of 10 % errors is rolled back, a healthy one promoted', () => {
  expect(simulate(cellOf('10 % errors', 50), 1).bad).toBeLessThanOrEqual(25);
  const good = simulate({ ...cellOf('0.2 % errors, p95 0.4 s', 50), watched: 600 }, 1);
  expect(good.bad).toBe(Number.POSITIVE_INFINITY);
  expect(good.requestsGood).toBeLessThanOrEqual(60);
});

test('shares of the buckets put the 95th percentile where it was asked for', () => {
  for (const edge of [0.5, 1, 2.5]) {
    const shares = sharesOf(edge);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 12);
    const slower = shares.slice(EDGES.indexOf(edge) + 1).reduce((sum, share) => sum + share, 0);
    expect(slower).toBeCloseTo(0.05, 6);
  }
});

test('tails are cut at the edges above the 95th and the 99th percentile, or at one above both', () => {
  const slice = emptySlice();
  add(slice, { trials: 1_000, errors: 0, buckets: [900, 60, 35, 5, 0, 0] });
  expect(tailEdges(slice)).toEqual([0.5, 1]);
  expect(above(slice, 0.5)).toBe(40);
  add(slice, { trials: 9_000, errors: 0, buckets: [9_000, 0, 0, 0, 0, 0] });
  expect(tailEdges(slice)).toEqual([0.25]);
});

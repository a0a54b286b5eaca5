import { expect, test } from 'vitest';
import { binomial, geometric, normal, poisson, type Random, randomOf } from './random.ts';

const DRAWS = 30_000;

/** Mean and variance of many draws. */
function moments(draw: (random: Random) => number, draws = DRAWS) {
  const random = randomOf(7);
  let [sum, squares] = [0, 0];
  for (let index = 0; index < draws; index += 1) {
    const value = draw(random);
    sum += value;
    squares += value * value;
  }
  const mean = sum / draws;
  return { mean, variance: squares / draws - mean * mean };
}

/** Five standard errors of the mean. */
const near = (variance: number) => 5 * Math.sqrt(variance / DRAWS);

test('the same seed gives the same numbers, another seed others', () => {
  const draw = (seed: number) => Array.from({ length: 5 }, randomOf(seed));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

test.each([0.001, 0.4, 5, 11.9, 12, 40, 500, 2_500])(
  'Poisson counts of mean %d have it, and as much variance',
  (mean) => {
    const found = moments((random) => poisson(random, mean));
    expect(Math.abs(found.mean - mean)).toBeLessThan(near(mean));
    expect(Math.abs(found.variance / mean - 1)).toBeLessThan(mean < 0.01 ? 0.9 : 0.05);
  },
);

test('Poisson counts lie where their distribution says, on both sides of the change of method', () => {
  for (const mean of [11.99, 12]) {
    const random = randomOf(3);
    let below = 0;
    for (let index = 0; index < 100_000; index += 1) if (poisson(random, mean) <= 7) below += 1;
    // P(X ≤ 7) of Poisson(12) is 0.0895.
    expect(Math.abs(below / 100_000 - 0.0895)).toBeLessThan(0.005);
  }
});

test.each([
  [250, 0.002],
  [2_500, 0.3],
  [100, 0.9],
  [5_000, 0.5],
])('binomial counts of %d trials at %d have the mean and the variance of theirs', (trials, rate) => {
  const found = moments((random) => binomial(random, trials, rate));
  const variance = trials * rate * (1 - rate);
  expect(Math.abs(found.mean - trials * rate)).toBeLessThan(near(variance));
  expect(Math.abs(found.variance / variance - 1)).toBeLessThan(0.05);
});

test('normal and geometric draws have their moments', () => {
  const bell = moments(normal);
  expect(Math.abs(bell.mean)).toBeLessThan(near(1));
  expect(Math.abs(bell.variance - 1)).toBeLessThan(0.05);
  expect(Math.abs(moments((random) => geometric(random, 10)).mean - 10)).toBeLessThan(near(90));
});

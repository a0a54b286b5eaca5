import { expect, test } from 'vitest';
import { withAsked } from './asked.ts';
import { watchSettings } from './settings.ts';

const LIMITS = watchSettings.parse({ limits: { memory: 'off' } }).limits;
const asked = (check: string, options: Record<string, string>) => withAsked(LIMITS, [{ check, options }]);

test('an item is proven by its own number where that is stricter than the specification', () => {
  expect(asked('watch.errors', { max: '0.5%' }).errors).toBe(0.005);
  expect(asked('watch.cpu', { max: '60%' }).cpu).toBe(0.6);
  expect(asked('watch.latency', { max: '500ms', percentile: 'p99' }).latency).toStrictEqual({
    limit: 500,
    quantile: 0.99,
  });
});

test('a looser number, other checks, and what is not watched change nothing', () => {
  expect(asked('watch.errors', { max: '5%' })).toStrictEqual(LIMITS);
  expect(asked('watch.latency', { max: '3s', percentile: 'p50' })).toStrictEqual(LIMITS);
  expect(asked('watch.memory', { max: '10%' })).toStrictEqual(LIMITS);
  expect(asked('verify.api', { max: '1%' })).toStrictEqual(LIMITS);
});

test('of several items the strictest counts', () => {
  const items = ['2%', '0.2%', '1%'].map((max) => ({ check: 'watch.errors', options: { max } }));
  expect(withAsked(LIMITS, items).errors).toBe(0.002);
});

test.each([
  ['watch.errors', { max: '0%' }],
  ['watch.errors', { max: 'few' }],
  ['watch.latency', { max: '1' }],
  ['watch.latency', { percentile: 'p100' }],
])('%s with %o is refused', (check, options) => {
  expect(() => asked(check, options)).toThrow(expect.objectContaining({ code: 'configuration' }));
});

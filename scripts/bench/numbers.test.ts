import { describe, expect, it } from 'vitest';
import { answersOf } from './edge-answers.ts';
import { median } from './numbers.ts';

describe('the median', () => {
  it.each([
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
    [[7], 7],
    [[], Number.NaN],
  ])('of %j is %d', (values, middle) => {
    expect(median(values)).toBe(middle);
  });
});

describe('the answers in the access log of the edge', () => {
  const at = (second: number): string => `2026-01-01T00:00:0${second}.000Z`;
  const line = (second: number, upstream: string | null, msg = 'access'): string =>
    `${JSON.stringify({ time: at(second), upstream, msg })}\n`;
  const log = [
    line(1, 'old:1'),
    line(2, 'new:1'),
    line(3, null),
    line(4, 'new:2'),
    line(5, 'old:1'),
    line(6, 'new:1', 'draining'),
    '{"time":"cut o',
  ].join('');
  const fresh = new Set(['new:1', 'new:2']);

  it('are those that ended at the upstreams named', () => {
    expect(answersOf(log, fresh, 0)).toEqual({ first: Date.parse(at(2)), last: Date.parse(at(4)), count: 2 });
  });
  it('count from a moment on, since a port may have been another one before', () => {
    expect(answersOf(log, fresh, Date.parse(at(3)))).toMatchObject({ first: Date.parse(at(4)), count: 1 });
    expect(answersOf(log, new Set(['none']), 0)).toBeUndefined();
  });
});

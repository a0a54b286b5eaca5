import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { covered, lengthOf, longest, silences, total } from './spans.ts';

const span = fc.tuple(fc.nat(100), fc.nat(100)).map(([from, long]) => ({ from, to: from + long }));
const whole = { from: 20, to: 120 };

describe('time that is covered', () => {
  it('counts each moment once, and none outside', () => {
    expect(
      covered(whole, [
        { from: 0, to: 30 },
        { from: 25, to: 40 },
        { from: 110, to: 500 },
      ]),
    ).toBe(30);
  });

  it('is what counting the moments one by one gives', () => {
    fc.assert(
      fc.property(fc.array(span), (spans) => {
        const moments = Array.from({ length: lengthOf(whole) }, (_none, index) => whole.from + index);
        const counted = moments.filter((at) => spans.some(({ from, to }) => at >= from && at < to)).length;
        expect(covered(whole, spans)).toBe(counted);
      }),
    );
  });
});

describe('silences', () => {
  it('are the gaps between moments, the ends of the whole included', () => {
    const found = silences(whole, [5, 30, 31, 80, 119], 9);
    expect(found).toEqual([
      { from: 20, to: 30 },
      { from: 31, to: 80 },
      { from: 80, to: 119 },
    ]);
    expect(longest(found)).toBe(49);
    expect(total(found)).toBe(98);
  });

  it('are the whole where nothing happened', () => {
    expect(silences(whole, [], 9)).toEqual([whole]);
    expect(longest([])).toBe(0);
  });
});

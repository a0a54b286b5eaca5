import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ListedSet } from './list.ts';
import { selectSet } from './select.ts';

const setAt = (at: number): ListedSet => {
  const id = `b${at}`;
  const manifest: ListedSet['manifest'] = {
    ...{ version: 1, id, at, system: 'shop', environment: 'production', expected: ['x'], parts: [] },
  };
  return { manifest, text: '', proof: undefined };
};
const T = Date.UTC(2026, 2, 1, 20);
const sets = [T + 7_200_412, T + 3_600_412, T + 412].map(setAt);
const taken = (wanted?: string) => {
  const { set, why } = selectSet(sets, wanted);
  return [set.manifest.at - T, why];
};

test('an exact time takes the backup of that second, whatever fraction of it', () => {
  expect(taken('2026-03-01T21:00:00Z')).toEqual([3_600_412, 'is of exactly 2026-03-01T21:00:00Z']);
  expect(taken('20260301T210000Z')).toEqual([3_600_412, 'is of exactly 20260301T210000Z']);
  expect(taken('2026-03-01T22:00:00+01:00')).toEqual([3_600_412, 'is of exactly 2026-03-01T22:00:00+01:00']);
});

test('any other time takes the nearest before it, and says so', () => {
  expect(taken('2026-03-01T21:59:59Z')).toEqual([3_600_412, 'is the nearest before 2026-03-01T21:59:59Z']);
  expect(taken('2026-03-01T21:00:00.411Z')[0]).toBe(412);
});

test('an id takes that one, and nothing the newest', () => {
  expect(taken(`b${T + 412}`)).toEqual([412, 'is named so']);
  expect(taken()).toEqual([7_200_412, 'is the newest']);
});

test('what is too early, no time or no backup is told', () => {
  expect(() => taken('2026-03-01T19:59:59Z')).toThrow('there is no backup of 2026-03-01T19:59:59Z or before');
  expect(() => taken('2026-03-01 20:00')).toThrow('neither a backup nor a time');
  expect(() => taken('b12')).toThrow("there is no backup 'b12'");
  expect(() => selectSet([], undefined)).toThrow('there is no backup yet');
});

test('never a later one, and never an earlier one when a nearer is there', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(100_000), { minLength: 1 }), fc.nat(100_000), (ats, wanted) => {
      const all = ats.toSorted((a, b) => b - a).map((at) => setAt(T + at));
      const before = ats.filter((at) => at <= wanted);
      const text = new Date(T + wanted).toISOString();
      if (before.length === 0) expect(() => selectSet(all, text)).toThrow('or before');
      else expect(selectSet(all, text).set.manifest.at - T).toBe(Math.max(...before));
    }),
  );
});

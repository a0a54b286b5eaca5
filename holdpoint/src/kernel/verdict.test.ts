import fc from 'fast-check';
import { expect, test } from 'vitest';
import { combine, settles, ticks, VERDICTS, type Verdict } from './verdict.ts';

const verdicts = fc.array(fc.constantFrom(...VERDICTS), { maxLength: 8 });

test('no evidence is no pass', () => {
  expect(combine([])).toBe('inconclusive');
  expect(settles(combine([]))).toBe(false);
});

test.each<[Verdict[], Verdict]>([
  [['pass', 'fail', 'error'], 'fail'],
  [['pass', 'error', 'inconclusive'], 'error'],
  [['pass', 'inconclusive', 'waived'], 'inconclusive'],
  [['pass', 'waived', 'attested'], 'waived'],
  [['pass', 'attested'], 'attested'],
  [['pass', 'not-applicable'], 'pass'],
  [['not-applicable', 'not-applicable'], 'not-applicable'],
])('%j together are %s', (group, expected) => {
  expect(combine(group)).toBe(expected);
});

test('a group does not depend on the order in which its members were settled', () => {
  fc.assert(
    fc.property(
      verdicts.chain((group) =>
        fc.tuple(fc.constant(group), fc.shuffledSubarray(group, { minLength: group.length })),
      ),
      ([group, shuffled]) => {
        expect(combine(shuffled)).toBe(combine(group));
      },
    ),
  );
});

test('a group passes exactly when each of its members lets the release go on', () => {
  fc.assert(
    fc.property(verdicts, (group) => {
      expect(settles(combine(group))).toBe(group.length > 0 && group.every(settles));
    }),
  );
});

test('one member that failed, broke or measured nothing keeps the group from passing', () => {
  fc.assert(
    fc.property(verdicts, fc.constantFrom<Verdict>('fail', 'error', 'inconclusive'), (group, bad) => {
      expect(settles(combine([...group, bad]))).toBe(false);
    }),
  );
});

test('groups of groups come to the same as one group', () => {
  fc.assert(
    fc.property(fc.array(verdicts, { minLength: 1, maxLength: 4 }), (groups) => {
      fc.pre(groups.every((group) => group.length > 0));
      expect(combine(groups.map(combine))).toBe(combine(groups.flat()));
    }),
  );
});

test('only what was proven or signed for earns a tick, and all that earns one settles', () => {
  expect(VERDICTS.filter(ticks)).toEqual(['pass', 'attested']);
  expect(VERDICTS.filter(settles)).toEqual(['pass', 'waived', 'attested', 'not-applicable']);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Totals } from './block.ts';
import { countSince, type Remembered } from './counters.ts';
import type { Answer } from './sources/source.ts';

const totalsOf = (answered: number, failed = 0, cpu = 0): Totals => ({
  answered,
  failed,
  timed: answered + failed,
  within: answered,
  withinForGood: answered,
  cpu,
});
const answerOf = (totals: Totals, processStart: number | null = null): Answer => ({
  kind: 'answer',
  totals,
  processStart,
  memory: null,
  notes: [],
});
const remembered = (totals: Totals, processStart: number | null = null): Remembered => ({
  at: 1_000,
  processStart,
  totals,
});

test('a replica born since the deployment counts from 0', () => {
  const { delta } = countSince(undefined, answerOf(totalsOf(7, 2)), 5_000, true);
  expect(delta).toStrictEqual({ totals: totalsOf(7, 2), milliseconds: null });
});

test('the first look at an older replica is a baseline and counts nothing', () => {
  const { delta, last } = countSince(undefined, answerOf(totalsOf(700, 20)), 5_000, false);
  expect(delta).toBeUndefined();
  expect(last).toStrictEqual({ at: 5_000, processStart: null, totals: totalsOf(700, 20) });
});

test('between two answers the difference counts, with the time between them', () => {
  const { delta } = countSince(remembered(totalsOf(10, 1, 4)), answerOf(totalsOf(30, 4, 6)), 6_000, true);
  expect(delta).toStrictEqual({ totals: totalsOf(20, 3, 2), milliseconds: 5_000 });
});

test('one counter that fell is a restart: every counter of the process began at 0', () => {
  // `failed` is higher than before, and still belongs to the new process as a whole.
  const { delta } = countSince(remembered(totalsOf(100, 1)), answerOf(totalsOf(50, 3)), 6_000, false);
  expect(delta).toStrictEqual({ totals: totalsOf(50, 3), milliseconds: null });
});

test('a start time that moved is a restart, though no counter fell', () => {
  const { delta } = countSince(remembered(totalsOf(5), 100), answerOf(totalsOf(9), 200), 6_000, false);
  expect(delta?.totals.answered).toBe(9);
});

test('a counter that fell in the same process does not bring its history back as news', () => {
  const counted = countSince(
    remembered(totalsOf(9_000, 80), 100),
    answerOf(totalsOf(8_000, 80), 100.4),
    6_000,
    true,
  );
  expect(counted.delta).toBeUndefined();
  expect(counted.note).toMatch(/without a restart/);
  expect(
    countSince(counted.last, answerOf(totalsOf(8_010, 80), 100), 7_000, true).delta?.totals.answered,
  ).toBe(10);
});

test('a series that cannot be read keeps its last value and is made up for afterwards', () => {
  const blind = countSince(
    remembered(totalsOf(10, 1)),
    answerOf({ ...totalsOf(20, 2), failed: null }),
    6_000,
    true,
  );
  expect(blind.delta?.totals.failed).toBeNull();
  expect(blind.delta?.totals.answered).toBe(10);
  expect(countSince(blind.last, answerOf(totalsOf(30, 5)), 11_000, true).delta?.totals.failed).toBe(4);
});

test('a clock that was set back gives counts and no time to divide by', () => {
  const { delta } = countSince(remembered(totalsOf(10)), answerOf(totalsOf(12)), 500, true);
  expect(delta).toStrictEqual({ totals: totalsOf(2), milliseconds: null });
});

test('however often it is looked, restarts included, everything up to the last look counts once', () => {
  const life = fc.array(fc.nat(50), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.array(life, { minLength: 1, maxLength: 4 }), (lives) => {
      let last: Remembered | undefined;
      let counted = 0;
      for (const [start, steps] of lives.entries()) {
        let total = 0;
        for (const step of steps) {
          total += step;
          const one = countSince(last, answerOf(totalsOf(total), start * 10), counted, true);
          counted += one.delta?.totals.answered ?? 0;
          last = one.last;
        }
      }
      expect(counted).toBe(lives.flat().reduce((sum, step) => sum + step, 0));
    }),
  );
});

test('what an unreadable series had counted before a restart is not held against the new process', () => {
  const restart = countSince(
    remembered(totalsOf(100, 50)),
    answerOf({ ...totalsOf(5), failed: null }),
    6_000,
    true,
  );
  const next = countSince(restart.last, answerOf(totalsOf(9, 1)), 11_000, true);
  expect(next.delta?.totals.answered).toBe(4);
  expect(next.delta?.milliseconds).toBe(5_000);
});

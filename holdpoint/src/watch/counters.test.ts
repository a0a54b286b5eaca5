import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Remembered } from './carry.ts';
import { countSince } from './counters.ts';
import type { Answer, Reading } from './sources/source.ts';

const counted = (trials: number, events = 0): Reading => ({
  kind: 'counted',
  trials,
  events,
  eventsForGood: events,
  tails: [],
});
const cpu = (total: number): Reading => ({ kind: 'slope', total });
const answerOf = (readings: Record<string, Reading>, processStart: number | null = null): Answer => ({
  kind: 'answer',
  readings,
  processStart,
  notes: [],
});
const remembered = (readings: Record<string, Reading>, processStart: number | null = null): Remembered => ({
  at: 1_000,
  processStart,
  readings,
});

test('a replica born since the deployment counts from 0', () => {
  const readings = { errors: counted(9, 2) };
  const { delta } = countSince(undefined, answerOf(readings), 5_000, true);
  expect(delta).toStrictEqual({ readings, milliseconds: null });
});

test('the first look at an older replica is a baseline and counts nothing', () => {
  const readings = { errors: counted(720, 20) };
  const { delta, last } = countSince(undefined, answerOf(readings), 5_000, false);
  expect(delta).toBeUndefined();
  expect(last).toStrictEqual({ at: 5_000, processStart: null, readings });
});

test('between two answers the difference counts, with the time between them; a level is what it is now', () => {
  const before = remembered({ errors: counted(10, 1), cpu: cpu(4), memory: { kind: 'level', level: 0.3 } });
  const now = answerOf({ errors: counted(30, 4), cpu: cpu(6), memory: { kind: 'level', level: 0.2 } });
  expect(countSince(before, now, 6_000, true).delta).toStrictEqual({
    readings: { errors: counted(20, 3), cpu: cpu(2), memory: { kind: 'level', level: 0.2 } },
    milliseconds: 5_000,
  });
});

test('one total that fell is a restart: every total of the process began at 0', () => {
  const now = { errors: counted(50, 3), jobs: counted(9) };
  const { delta } = countSince(
    remembered({ errors: counted(100, 1), jobs: counted(5) }),
    answerOf(now),
    6_000,
    false,
  );
  expect(delta).toStrictEqual({ readings: now, milliseconds: null });
});

test('a start time that moved is a restart, though no total fell', () => {
  const { delta } = countSince(
    remembered({ errors: counted(5) }, 100),
    answerOf({ errors: counted(9) }, 200),
    6_000,
    false,
  );
  expect(delta?.readings['errors']).toStrictEqual(counted(9));
});

test('a total that fell in the same process does not bring its history back as news', () => {
  const one = countSince(
    remembered({ errors: counted(9_000, 80) }, 100),
    answerOf({ errors: counted(8_000, 80) }, 100.4),
    6_000,
    true,
  );
  expect(one.delta).toBeUndefined();
  expect(one.note).toMatch(/without a restart/);
  const next = countSince(one.last, answerOf({ errors: counted(8_010, 80) }, 100), 7_000, true);
  expect(next.delta?.readings['errors']).toStrictEqual(counted(10));
});

test('buckets caught a moment later than their count make neither a restart nor a negative number', () => {
  const { delta } = countSince(
    remembered({ latency: counted(10, 2) }, 100),
    answerOf({ latency: counted(12, 1) }, 100),
    6_000,
    true,
  );
  expect(delta?.readings['latency']).toStrictEqual(counted(2, 0));
});

test('an objective that cannot be read keeps its last total and is made up for afterwards', () => {
  const blind = countSince(
    remembered({ errors: counted(10, 1), jobs: counted(3) }),
    answerOf({ jobs: counted(4) }),
    6_000,
    true,
  );
  expect(blind.delta?.readings).toStrictEqual({ jobs: counted(1) });
  const next = countSince(blind.last, answerOf({ errors: counted(30, 5) }), 11_000, true);
  expect(next.delta?.readings).toStrictEqual({ errors: counted(20, 4) });
});

test('an objective that is read for the first time brings no history as news, but all that a new process counted', () => {
  const first = (born: boolean) =>
    countSince(remembered({}), answerOf({ errors: counted(500, 5), cpu: cpu(9) }), 6_000, born).delta;
  expect(first(false)?.readings).toStrictEqual({});
  expect(first(true)?.readings).toStrictEqual({ errors: counted(500, 5) });
});

test('a clock that was set back gives counts and no time to divide by', () => {
  const { delta } = countSince(
    remembered({ errors: counted(10) }),
    answerOf({ errors: counted(12) }),
    500,
    true,
  );
  expect(delta).toStrictEqual({ readings: { errors: counted(2) }, milliseconds: null });
});

test('however often it is looked, restarts included, everything up to the last look counts once', () => {
  const life = fc.array(fc.nat(50), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.array(life, { minLength: 1, maxLength: 4 }), (lives) => {
      let last: Remembered | undefined;
      let sum = 0;
      for (const [start, steps] of lives.entries()) {
        let total = 0;
        for (const step of steps) {
          total += step;
          const one = countSince(last, answerOf({ errors: counted(total) }, start * 10), 1_000, true);
          const reading = one.delta?.readings['errors'];
          sum += reading?.kind === 'counted' ? reading.trials : 0;
          last = one.last;
        }
      }
      expect(sum).toBe(lives.flat().reduce((all, step) => all + step, 0));
    }),
  );
});

test('what was read of a process before a restart is not held against the new one', () => {
  const restart = countSince(
    remembered({ errors: counted(100, 50), jobs: counted(70) }),
    answerOf({ jobs: counted(5) }),
    6_000,
    true,
  );
  const next = countSince(restart.last, answerOf({ errors: counted(9, 1), jobs: counted(8) }), 11_000, true);
  expect(next.delta).toStrictEqual({
    readings: { errors: counted(9, 1), jobs: counted(3) },
    milliseconds: 5_000,
  });
});

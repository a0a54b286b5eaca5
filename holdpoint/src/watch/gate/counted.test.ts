import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CountedObservation } from '../block.ts';
import { BESIDE, counted, countedRule, countsOf, rulesOf } from './blocks.fixture.ts';
import {
  type CountedEvidence,
  chargesOf,
  countedBad,
  countedGood,
  openCounted,
  stepCounted,
} from './counted.ts';
import type { CountedRule } from './rules.ts';

const ALARM = Math.log(100);
const PROOF = Math.log(20);
const open = (rule: CountedRule): CountedEvidence => openCounted(rule, rulesOf([rule]));
const run = (rule: CountedRule, seen: readonly CountedObservation[], from = open(rule)): CountedEvidence =>
  seen.reduce((evidence, one) => stepCounted(evidence, one, 5_000), from);
const times = (count: number, one: CountedObservation): CountedObservation[] =>
  Array.from({ length: count }, () => one);

const ALONE = countedRule();
const BOTH = countedRule({ ...BESIDE, before: 0.005 });

describe('an incident that old and new share', () => {
  const incident = counted([75, 250], [75, 250]);
  const usual = counted([0, 250], [1, 250]);

  test('raises no alarm while the old version shows it, however long it lasts', () => {
    for (const length of [3, 12, 120]) {
      const evidence = run(BOTH, [...times(240, usual), ...times(length, incident)]);
      expect(countedBad(evidence)).toBeLessThan(ALARM);
      expect(countedGood(evidence)).toBeLessThan(countedGood(run(BOTH, times(240, usual))));
    }
  });

  test('from the first block on is no reason either', () => {
    expect(countedBad(run(BOTH, times(240, incident)))).toBeLessThan(ALARM);
  });

  test('without an old version to tell raises the alarm after three blocks', () => {
    expect(countedBad(run(BOTH, times(2, counted([75, 250]))))).toBeLessThan(ALARM);
    expect(countedBad(run(BOTH, times(3, counted([75, 250]))))).toBeGreaterThan(ALARM);
  });

  test('is forgotten when the old version leaves, so that what it held back never comes out', () => {
    const after = run(BOTH, [...times(240, usual), ...times(120, incident)]);
    const alone = run(BOTH, times(1, counted([0, 250])), after);
    expect(countedBad(alone)).toBeLessThan(ALARM);
    expect(countedBad(run(BOTH, times(300, counted([1, 250])), alone))).toBeLessThan(ALARM);
  });

  test('is not forgotten because of one block in which the old version had nothing to say', () => {
    const worse = counted([75, 250], [1, 250]);
    const before = run(BOTH, times(2, worse));
    const gone = run(BOTH, [counted([75, 250])], before);
    expect(countedBad(gone)).toBeGreaterThan(ALARM);
  });
});

test('what the guard believes of a limit is ten times what the comparison shows, at most', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { minLength: 1, maxLength: 40 }), (rows) => {
      const seen = rows.map(([fresh, old]) => counted([fresh, 250], [old, 250]));
      const guarded = chargesOf(run(BOTH, seen)).limit;
      const free = chargesOf(
        run(
          ALONE,
          seen.map(({ fresh }) => ({ kind: 'counted', fresh, old: undefined })),
        ),
      ).limit;
      expect(guarded).toBeLessThanOrEqual(free + 1e-9);
      expect(guarded).not.toBeNaN();
    }),
  );
});

test('a new version that is worse than the old one is found though it keeps its limit', () => {
  const seen = times(60, counted([2, 250], [0, 250]));
  const { limit, versus } = chargesOf(run(BOTH, seen));
  expect(limit).toBeLessThan(0);
  expect(versus).toBeGreaterThan(ALARM);
  expect(countedBad(run(BOTH, seen))).toBeGreaterThan(ALARM);
  expect(countedBad(run(ALONE, seen))).toBeLessThan(0);
});

test('the hour before speaks too, where the old version has gone', () => {
  const seen = times(60, counted([3, 250]));
  expect(chargesOf(run(BOTH, seen)).before).toBeGreaterThan(ALARM);
  expect(countedBad(run(BOTH, seen))).toBeGreaterThan(countedBad(run(ALONE, seen)));
});

test('tails of the latency are compared one by one and averaged', () => {
  const rule = countedRule({ allowed: 0.05, versus: { ratio: 1.5, slack: 0.01, tails: 2 } });
  const slow = (tails: readonly number[]) => countsOf(0, 250, { tails });
  const seen = (fresh: readonly number[]): CountedObservation => ({
    kind: 'counted',
    fresh: slow(fresh),
    old: slow([10, 2]),
  });
  const versus = (fresh: readonly number[]) => chargesOf(run(rule, times(20, seen(fresh)))).versus;
  expect(versus([100, 2])).toBeGreaterThan(ALARM);
  expect(versus([10, 60])).toBeGreaterThan(ALARM);
  expect(versus([10, 2])).toBeLessThan(0);
});

describe('a new replica that is not warm yet', () => {
  const rule = countedRule({
    allowed: 0.05,
    before: 0.02,
    versus: { ratio: 1.5, slack: 0.01, tails: 1 },
  });
  /** So many of 2,000 above the limit, and so many above what the old version rarely takes. */
  const seen = (above: number, tail: number, cold?: true): CountedObservation => ({
    kind: 'counted',
    fresh: countsOf(above, 2_000, { tails: [tail] }),
    old: countsOf(0, 2_000, { tails: [20] }),
    ...(cold ? { cold } : {}),
  });

  test('may be slower than the old ones, as long as it keeps its limit', () => {
    const slower = [80, 1_000] as const;
    expect(countedBad(run(rule, times(4, seen(...slower))))).toBeGreaterThan(ALARM);
    expect(countedBad(run(rule, times(4, seen(...slower, true))))).toBeLessThan(ALARM);
    expect(countedBad(run(rule, times(720, seen(...slower, true))))).toBeLessThan(ALARM);
  });

  test('is found when it does not keep its limit, as fast as a warm one', () => {
    const broken = [600, 1_000] as const;
    expect(countedBad(run(rule, times(3, seen(...broken, true))))).toBeGreaterThan(ALARM);
  });

  test('leaves nothing behind that would be held against it when it is warm', () => {
    const cold = run(rule, times(4, seen(80, 1_000, true)));
    expect(countedBad(run(rule, times(4, seen(0, 20)), cold))).toBeLessThan(ALARM);
    expect(countedBad(run(rule, times(6, seen(80, 1_000)), cold))).toBeGreaterThan(ALARM);
  });
});

test('requests that only may be slow hold the promotion and raise no alarm', () => {
  const vague: CountedObservation = {
    kind: 'counted',
    fresh: countsOf(0, 250, { eventsForGood: 250 }),
    old: undefined,
  };
  const evidence = run(ALONE, times(200, vague));
  expect(countedBad(evidence)).toBeLessThan(0);
  expect(countedGood(evidence)).toBeLessThan(0);
});

test('one block, however bad, decides nothing; one without an event may say that the limit is kept', () => {
  expect(countedBad(run(ALONE, [counted([5_000, 5_000])]))).toBeLessThan(ALARM);
  expect(countedGood(run(ALONE, [counted([0, 5_000])]))).toBeGreaterThanOrEqual(PROOF);
});

test('a block without data changes nothing but the prior that is put to work', () => {
  const before = run(BOTH, times(20, counted([4, 250], [1, 250])));
  const after = run(BOTH, [counted([0, 0], [0, 0])], before);
  expect(after.limit.spent).toBeGreaterThan(before.limit.spent);
  expect(countedBad(after)).toBeCloseTo(countedBad(before), 2);
  expect(countedGood(after)).toBe(countedGood(before));
  expect(after.even.mixture).toBe(before.even.mixture);
});

test('parts of the tests add up to the whole, whichever of them are run', () => {
  const { versus, ...rest } = BOTH;
  expect(versus).toBeDefined();
  for (const rule of [ALONE, BOTH, rest, countedRule(BESIDE)]) {
    const { limit, before, versus: compared } = open(rule).tests.parts;
    expect(limit + before + compared).toBeCloseTo(1, 12);
    expect(limit).toBeGreaterThan(0);
    expect(countedBad(open(rule))).toBeCloseTo(0, 12);
  }
});

test('events that clump are believed less, for better and for worse', () => {
  const clumped = countedRule({ overdispersion: 10 });
  const bad = times(5, counted([10, 250]));
  expect(countedBad(run(clumped, bad))).toBeLessThan(countedBad(run(ALONE, bad)));
  const good = times(2, counted([0, 250]));
  expect(countedGood(run(clumped, good))).toBeLessThan(countedGood(run(ALONE, good)));
});

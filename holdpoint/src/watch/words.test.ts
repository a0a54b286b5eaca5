import { expect, test } from 'vitest';
import type { Block, HardEvent, Observation } from './block.ts';
import { wilson } from './confidence.ts';
import { type Decision, decide, observe, openGate } from './gate/decide.ts';
import { blockAt, counted, fresh, gauge, healthy, LEVELS, termsFor } from './words.fixture.ts';
import { eventInWords, evidenceInWords, metricInWords, needInWords, verdictInWords } from './words.ts';
import { oddsInWords } from './words-numbers.ts';

const after = (...blocks: readonly Block[]): Decision =>
  decide(blocks.reduce(observe, openGate(termsFor().rules)));
const looks = (count: number, seen: readonly Observation[]): readonly Block[] =>
  Array.from({ length: count }, (_, index) => blockAt((index + 1) * 5_000, seen));
const told = (decision: Decision): readonly string[] =>
  decision.objectives.map((standing, index) => metricInWords(standing, LEVELS[index]));
const [errors, , , , , jobs, ,] = LEVELS;

test('each kind of service level is told with its numbers, its limit, the old version and the band', () => {
  expect(told(after(...looks(20, healthy(52))))).toStrictEqual([
    'errors: 0 % of 1,040 requests failed, limit 1 %; the old version 0 % of 1,040 in the same seconds; within its limit; 95 % band 0 %–0.4 % (Wilson)',
    'latency: 0 % of 1,040 requests took longer than 1.0 s, 5 % may; the old version 0 % of 1,040 in the same seconds; within its limit; 95 % band 0 %–0.4 % (Wilson)',
    'lost: 0 of 1,040 requests at the edge got no answer, limit 1 %; within its limit; 95 % band 0 %–0.4 % (Wilson)',
    'cpu: mean 20.0 % of its cores over 20 looks, highest of one replica 25.0 %, limit 70 %; within its limit',
    'memory: mean 40.0 % of its memory over 20 looks, highest of one replica 41.0 %, limit 80 %; within its limit',
    'jobs: 0 % of 1,040 were jobs_total{outcome="failed"}, limit 2 %; within its limit; 95 % band 0 %–0.4 % (Wilson)',
    'queue: mean 4 over 20 looks, highest of one replica 6, limit 50; within its limit',
    'nightly: last success 40 s ago, limit 5 min; within its limit',
  ]);
});

test('what is accused is told with the odds, and with the tests that accuse it', () => {
  const [found] = after(...looks(4, [counted([8, 260], [0.5, 245])])).objectives;
  if (found === undefined) throw new Error('the rules have eight objectives');
  const accused = (limit: number, before?: number, versus?: number): string =>
    metricInWords({ ...found, logBad: Math.log(4_000), charges: { limit, before, versus } }, errors);
  expect(accused(9.2, undefined, 2)).toBe(
    'errors: 3.1 % of 1,040 requests failed, limit 1 %; the old version 0.2 % of 980 in the same seconds; odds against chance 4,000 : 1 (over its limit); 95 % band 2.2 %–4.3 % (Wilson)',
  );
  expect(accused(5, undefined, 9)).toContain('4,000 : 1 (worse than the old version, over its limit); ');
  expect(accused(-2, undefined, 9)).toContain('4,000 : 1 (worse than the old version); ');
  expect(accused(-2, 9, -1)).toContain('4,000 : 1 (worse than before the release); ');
});

test('once the old version is gone, the new one is told in the seconds in which both served too', () => {
  const words = told(after(...looks(4, [counted([1, 50], [2, 100])]), ...looks(4, [counted([0, 150])])))[0];
  expect(words).toMatch(
    /^errors: 0\.5 % of 800 requests failed, limit 1 %; while both served 2\.0 % of 200, the old version 2\.0 % of 400; /,
  );
});

test('without data it says so, and never a rate', () => {
  expect(told(after(blockAt(5_000, LEVELS.map(silence))))).toStrictEqual([
    ...['errors', 'latency', 'lost', 'cpu', 'memory', 'jobs', 'queue'].map((id) => `${id}: no data`),
    'nightly: no success seen',
  ]);
});

const silence = ({ kind }: (typeof LEVELS)[number]): Observation =>
  kind === 'freshness' ? fresh() : /^(?:cpu|memory|level)$/.test(kind) ? gauge() : counted([0, 0]);

test('a level that the log does not name is told by its rule', () => {
  const { objectives } = after(...looks(20, healthy(52)));
  const words = objectives.map((standing) => metricInWords(standing, undefined));
  expect(words[1]).toMatch(/^latency: 0 % of 1,040, limit 5 %; /);
  expect(words[3]).toMatch(/^cpu: mean 0\.2 over 20 looks, highest of one replica 0\.25, limit 0\.7; /);
});

test('the verdict says why, or what is missing', () => {
  expect(verdictInWords(after(), LEVELS)).toMatch(
    /^undecided: errors has no data and needs about \d+ more requests; .*lost has no data and needs about \d+ more requests at the edge; cpu has no data and needs about 1 more look; .*; nightly has not succeeded yet/,
  );
  const some = after(...looks(2, healthy(52)));
  expect(verdictInWords(some, LEVELS)).toMatch(/^undecided: errors needs about \d+ more requests; /);
  expect(verdictInWords(after(...looks(60, healthy(52))), LEVELS)).toBe(
    'good: errors, latency, lost, cpu, memory, jobs, queue, nightly are within their limits',
  );
  const crash: HardEvent = { kind: 'crashed', replica: 'a1b2', service: 'backend' };
  expect(verdictInWords(after(blockAt(1, healthy(9), { hard: [crash] })), LEVELS)).toBe(
    'bad: a1b2 of backend died',
  );
  const old = healthy(52).with(7, fresh(301_000));
  expect(verdictInWords(after(...looks(1, healthy(52)), ...looks(3, old)), LEVELS)).toBe(
    'bad: nightly: last success 5 min 1 s ago, limit 5 min; too old at several looks in a row',
  );
  expect(verdictInWords(after(...looks(6, [counted([8, 260], [0, 245])])), LEVELS)).toMatch(
    /^bad: errors: 3\.1 % of 1,560 requests failed/,
  );
});

test('a rate near its limit is never called good, and a silent release says that it is silent', () => {
  const near = looks(4, healthy(5_000).with(5, counted([100, 5_000])));
  expect(verdictInWords(after(...near), LEVELS)).toMatch(
    /jobs is too near its limit to be called good at this rate/,
  );
  const silent = Array.from({ length: 4 }, () => blockAt(1_000_000, LEVELS.map(silence), { answered: 0 }));
  expect(verdictInWords(after(...looks(60, healthy(52)), ...silent), LEVELS)).toBe(
    'undecided: no replica answered at the last 4 looks',
  );
});

test('what a pair still needs is counted, and what is settled needs nothing', () => {
  const { objectives } = after(...looks(1, healthy(52)));
  const [first] = objectives;
  const pair = objectives[5];
  if (pair === undefined || first === undefined) throw new Error('the rules have eight objectives');
  expect(needInWords(pair, jobs)).toMatch(/^jobs needs about \d+ more to count$/);
  expect(needInWords({ ...first, settledAt: 5_000 }, errors)).toBeUndefined();
});

test('the evidence is told against its thresholds', () => {
  expect(evidenceInWords(after(blockAt(5_000, LEVELS.map(silence))))).toBe(
    'ln E 0.00 of 4.61 for a roll-back; for promotion: errors 0.00, latency 0.00, lost 0.00, cpu 0.00, memory 0.00, jobs 0.00, queue 0.00 of 3.00',
  );
  const onlyFresh = termsFor(LEVELS.slice(7)).rules;
  expect(evidenceInWords(decide(openGate(onlyFresh)))).toBe('ln E 0.00 of 4.61 for a roll-back');
});

test.each<[number, string]>([
  [0, '1.0 : 1'],
  [Math.log(9.96), '10.0 : 1'],
  [Math.log(4_013), '4,000 : 1'],
  [Math.log(123_456), '120,000 : 1'],
  [800, 'more than 1,000,000,000 : 1'],
])('odds of exp(%f) are %s', (logE, words) => {
  expect(oddsInWords(logE)).toBe(words);
});

test('every hard event has its words', () => {
  const tell = (kind: HardEvent['kind']) => eventInWords({ kind, replica: 'backend-1', service: 'backend' });
  expect(tell('vanished')).toBe('backend-1 is gone, though nobody drained it');
  expect(tell('restarted')).toBe('backend-1 restarted');
  expect(tell('unready')).toBe('backend-1 was ready and is not any more');
  expect(tell('oom-killed')).toBe('backend-1 was killed because it ran out of memory');
});

test('the band is that of Wilson', () => {
  const [low, high] = wilson(10, 100);
  expect(low).toBeCloseTo(0.05523, 5);
  expect(high).toBeCloseTo(0.17437, 5);
  expect(wilson(0, 0)).toStrictEqual([0, 1]);
  expect(wilson(0, 50)[0]).toBe(0);
  expect(wilson(50, 50)[1]).toBe(1);
});

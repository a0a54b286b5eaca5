import { expect, test } from 'vitest';
import { wilson } from './confidence.ts';
import { blockOf, healthy } from './gate/blocks.fixture.ts';
import { decide, observe, openGate } from './gate/decide.ts';
import { gateRules, watchSettings } from './settings.ts';
import { eventInWords, evidenceInWords, metricInWords, oddsInWords, verdictInWords } from './words.ts';

const settings = watchSettings.parse({});
const { limits } = settings;
const after = (...blocks: Parameters<typeof observe>[1][]) =>
  decide(blocks.reduce(observe, openGate(gateRules(settings))));

test('a metric is told with its numbers, its limit, the odds and the band', () => {
  const bad = blockOf(5_000, { ...healthy(1_040), errors: { events: 32, trials: 1_040 } });
  const [errors, latency, cpu] = after(bad).metrics.map((metric) => metricInWords(metric, limits));
  expect(errors).toBe(
    'errors: 3.1 % of 1,040 requests failed, limit 1.0 %; odds against chance 3.3 : 1; 95 % band 2.2 %–4.3 % (Wilson)',
  );
  expect(latency).toMatch(
    /^latency: 0 % of 1,040 requests took longer than 1\.0 s, 5\.0 % may; odds for a good release/,
  );
  expect(cpu).toMatch(/^cpu: 0 % of 3 samples above 70\.0 %, 10\.0 % may be/);
});

test('without data it says so, and never a rate', () => {
  const { metrics } = after(blockOf(5_000));
  expect(metrics.map((metric) => metricInWords(metric, limits))).toStrictEqual([
    'errors: no data',
    'latency: no data',
    'cpu: no data',
    'memory: no data',
  ]);
});

test('the verdict says why', () => {
  expect(verdictInWords(after(), limits)).toMatch(
    /^undecided: errors has no data and needs about \d+ more requests; /,
  );
  const good = after(...Array.from({ length: 20 }, (_, n) => blockOf(n * 5_000, healthy(250))));
  expect(verdictInWords(good, limits)).toBe('good: errors, latency, cpu, memory are within their limits');
  const crash = { kind: 'crashed', replica: 'a1b2', service: 'backend' } as const;
  expect(verdictInWords(after(blockOf(1, {}, { hard: [crash] })), limits)).toBe('bad: a1b2 of backend died');
  const near = { ...healthy(5_000), errors: { events: 50, trials: 5_000 } };
  expect(verdictInWords(after(blockOf(1, near)), limits)).toMatch(/errors is too near its limit/);
});

test('the evidence is told against its thresholds', () => {
  expect(evidenceInWords(after(blockOf(5_000)))).toBe(
    'ln E 0.00 of 4.61 for a roll-back; for promotion: errors 0.00, latency 0.00, cpu 0.00, memory 0.00 of 3.00',
  );
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
  const tell = (kind: 'vanished' | 'restarted' | 'unready') =>
    eventInWords({ kind, replica: 'backend-1', service: 'backend' });
  expect(tell('vanished')).toBe('backend-1 is gone, though nobody drained it');
  expect(tell('restarted')).toBe('backend-1 restarted');
  expect(tell('unready')).toBe('backend-1 was ready and is not any more');
});

test('the band is that of Wilson', () => {
  const [low, high] = wilson(10, 100);
  expect(low).toBeCloseTo(0.05523, 5);
  expect(high).toBeCloseTo(0.17437, 5);
  expect(wilson(0, 0)).toStrictEqual([0, 1]);
  expect(wilson(0, 50)[0]).toBe(0);
  expect(wilson(50, 50)[1]).toBe(1);
});

import { expect, test } from 'vitest';
import { z } from 'zod';
import { objectivesOf, watchSettings } from './settings.ts';

test('nothing written means two hours, a look each 5 s, the four limits, and a roll-out in steps', () => {
  expect(watchSettings.parse({})).toStrictEqual({
    window: 7_200_000,
    interval: 5_000,
    warmUp: 15_000,
    falseAlarms: 0.01,
    falsePromotions: 0.05,
    limits: {
      errors: 0.01,
      latency: { quantile: 0.95, limit: 1_000 },
      cpu: 0.7,
      memory: 0.8,
      lost: 0.01,
    },
    objectives: {},
    series: { requests: 'http_requests_total', status: 'status', duration: 'http_request_duration_seconds' },
    rollout: { widen: 0.2, patience: 600_000 },
    source: { kind: 'scrape' },
  });
});

const idsOf = (settings: unknown) => objectivesOf(watchSettings.parse(settings)).map(({ id }) => id);

test('limits become objectives in one order; what is off is not watched, and lost requests only where an edge counts them', () => {
  expect(idsOf({})).toStrictEqual(['errors', 'latency', 'cpu', 'memory']);
  expect(idsOf({ limits: { latency: 'off', cpu: 'off', memory: 'off' } })).toStrictEqual(['errors']);
  expect(idsOf({ edge: { metrics: 'http://edge/metrics' } })).toContain('lost');
});

test('service levels of the team come after the usual ones, with their own services', () => {
  const settings = watchSettings.parse({
    services: ['backend'],
    objectives: {
      jobs: {
        kind: 'pair',
        bad: 'jobs_total{outcome="failed"}',
        total: 'jobs_total',
        limit: '2%',
        services: ['worker'],
      },
      queue: { kind: 'level', series: 'queue_depth', limit: 500 },
      'last-job': { kind: 'freshness', series: 'job_last_success_timestamp_seconds', limit: '5m' },
      checkout: { kind: 'latency', series: 'checkout_seconds', quantile: 0.99, limit: '2s' },
    },
  });
  expect(objectivesOf(settings).slice(4)).toMatchObject([
    { id: 'jobs', kind: 'pair', services: ['worker'], allowed: 0.02, bad: { name: 'jobs_total' } },
    { id: 'queue', kind: 'level', services: ['backend'], limit: 500 },
    { id: 'last-job', kind: 'freshness', limit: 300_000 },
    { id: 'checkout', kind: 'latency', series: 'checkout_seconds', quantile: 0.99, limit: 2_000 },
  ]);
});

test.each<[string, unknown]>([
  ['a misspelt key', { windw: '1h' }],
  ['a misspelt limit', { limits: { error: '1%' } }],
  ['a limit of nothing, which no release could keep', { limits: { errors: '0%' } }],
  ['errors that are not watched', { limits: { errors: 'off' } }],
  ['a quantile of 1', { limits: { latency: { quantile: 1 } } }],
  ['a window without a unit', { window: '2' }],
  ['an interval of nothing', { interval: '0s' }],
  ['an interval longer than the window', { interval: '3h' }],
  ['no services', { services: [] }],
  ['an edge without its address', { edge: {} }],
  [
    'a service level that has the name of a limit',
    { objectives: { cpu: { kind: 'level', series: 'a', limit: 1 } } },
  ],
  ['a series that cannot be read', { objectives: { a: { kind: 'level', series: 'sum(a)', limit: 1 } } }],
  ['a synthetic rate of nothing', { synthetic: { perSecond: 0 } }],
])('%s is refused', (_, settings) => {
  expect(watchSettings.safeParse(settings).success).toBe(false);
});

test('the schema can be published, with its defaults as they are written', () => {
  const schema = z.toJSONSchema(watchSettings, { io: 'input' });
  expect(schema).toMatchObject({ properties: { window: { default: '2h' }, falseAlarms: { default: '1%' } } });
});

import { expect, test } from 'vitest';
import { z } from 'zod';
import { gateRules, watchSettings } from './settings.ts';

test('nothing written means two hours, a look each 5 s, and the four limits', () => {
  expect(watchSettings.parse({})).toStrictEqual({
    window: 7_200_000,
    interval: 5_000,
    falseAlarms: 0.01,
    falsePromotions: 0.05,
    limits: { errors: 0.01, latency: { quantile: 0.95, limit: 1_000 }, cpu: 0.7, memory: 0.8 },
    series: { requests: 'http_requests_total', status: 'status', duration: 'http_request_duration_seconds' },
  });
});

test('limits become shares of trials; what is off is not watched', () => {
  expect(gateRules(watchSettings.parse({})).allowed).toStrictEqual({
    errors: 0.01,
    latency: 0.05,
    cpu: 0.1,
    memory: 0.1,
  });
  const some = watchSettings.parse({ limits: { errors: '2%', latency: 'off', cpu: 'off', memory: 'off' } });
  expect(gateRules(some).allowed).toStrictEqual({ errors: 0.02 });
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
])('%s is refused', (_, settings) => {
  expect(watchSettings.safeParse(settings).success).toBe(false);
});

test('the schema can be published, with its defaults as they are written', () => {
  const schema = z.toJSONSchema(watchSettings, { io: 'input' });
  expect(schema).toMatchObject({ properties: { window: { default: '2h' }, falseAlarms: { default: '1%' } } });
});

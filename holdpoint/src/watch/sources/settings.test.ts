import { expect, test } from 'vitest';
import { accessLogSettings, fieldsOf, sourceSettings } from './settings.ts';

test('the numbers come from the replicas or from a Prometheus server, with what it needs', () => {
  expect(sourceSettings.parse({ kind: 'scrape' })).toStrictEqual({ kind: 'scrape' });
  expect(sourceSettings.parse({ kind: 'prometheus', url: 'http://prometheus:9090' })).toStrictEqual({
    kind: 'prometheus',
    url: 'http://prometheus:9090',
    replicaLabel: 'instance',
    lookback: 60_000,
  });
});

test.each([
  [{ kind: 'graphite' }],
  [{ kind: 'prometheus' }],
  [{ kind: 'prometheus', url: 'prometheus:9090' }],
  [{ kind: 'prometheus', url: 'http://a', selector: 'sum(a)' }],
  [{ kind: 'prometheus', url: 'http://a', selector: 'job="a"} or vector(1) #{' }],
  [{ kind: 'prometheus', url: 'http://a', replicaLabel: 'not a label' }],
  [{ kind: 'prometheus', url: 'http://a', lookback: '0s' }],
  [{ kind: 'scrape', url: 'http://a' }],
])('refuses %j', (settings) => {
  expect(sourceSettings.safeParse(settings).success).toBe(false);
});

test('an access log has the usual fields unless others are named', () => {
  const usual = accessLogSettings.parse({ path: 'run/access.log' });
  expect(usual).toStrictEqual({ path: 'run/access.log', format: 'json', fields: {}, except: [] });
  const own = accessLogSettings.parse({ path: 'a', fields: { status: 'code' } });
  expect(fieldsOf(own)).toMatchObject({ status: ['code'], upstream: ['upstream', 'upstream_addr'] });
});

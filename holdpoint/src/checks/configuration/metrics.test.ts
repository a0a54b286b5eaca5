import { describe, expect, it } from 'vitest';
import { serve } from '../../system/serve.fixture.ts';
import { hasSeries, seriesNames } from '../series.ts';
import { exposition, look, NOW, replica, service, subject } from '../subject.fixture.ts';
import { metrics } from './metrics.ts';

const services = [service('backend', { paths: { metrics: '/metrics' } }), service('worker')];
const at = (address?: string, settings = {}) =>
  subject({
    services,
    settings,
    world: {
      at: NOW,
      replicas: [replica('backend', address === undefined ? {} : { address }), replica('worker')],
    },
  });

describe('configuration.metrics', () => {
  it('passes when each replica hands out what is wanted', async () => {
    const address = await serve(exposition('http_requests_total', 'latency_seconds_bucket'));
    const settings = { series: { backend: ['http_requests_total', 'latency_seconds'] } };
    expect(await look(metrics, at(address, settings))).toEqual({
      verdict: 'pass',
      summary: '1 of 1 replicas answer, 2 series or more',
    });
  });
  it('fails a missing series, an empty page, another status and silence', async () => {
    const one = await serve(exposition('up'));
    expect((await look(metrics, at(one, { series: ['down'] }))).summary).toBe('backend-1 has no series down');
    expect((await look(metrics, at(await serve(exposition())))).summary).toBe(
      'backend-1 hands out no series',
    );
    const refusing = await serve((_, response) => response.writeHead(503).end('up 1\n'));
    expect((await look(metrics, at(refusing))).summary).toBe('backend-1 answers 503');
    expect((await look(metrics, at('127.0.0.1:1'))).summary).toContain('cannot be reached');
    expect((await look(metrics, at())).summary).toBe('backend-1 answers nothing: it has no address');
  });
  it('says nothing when nothing runs, and is broken by bad settings', async () => {
    expect((await look(metrics, subject({ services }))).verdict).toBe('inconclusive');
    await expect(look(metrics, subject({ settings: { series: 5 } }))).rejects.toThrow(
      'configuration.metrics.series',
    );
  });
});

describe('series', () => {
  it('are told by their samples, not by their comments', () => {
    const text = '# HELP a b\n# TYPE declared_only counter\nreal{x="} y"} 1\nbare 2 123\n\nodd line';
    expect([...seriesNames(text)].sort()).toEqual(['bare', 'real']);
  });
  it('of a histogram are found by its own name', () => {
    expect(hasSeries(new Set(['latency_bucket']), 'latency')).toBe(true);
    expect(hasSeries(new Set(['latency_bucket']), 'late')).toBe(false);
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { serve } from '../../system/serve.fixture.ts';
import { exposition, look, NOW, replica, service, subject, temporaryFolder } from '../subject.fixture.ts';
import { alerts } from './alerts.ts';
import { channels } from './channels.ts';
import { oncall } from './oncall.ts';
import { prometheus } from './prometheus.ts';
import { metricNames } from './promql.ts';
import { objectivesOf, slo } from './slo.ts';

const services = [service('backend', { paths: { metrics: '/metrics' } })];
const running = (address: string, settings: Record<string, unknown>, folder = '/nowhere') =>
  subject({ services, settings, folder, world: { at: NOW, replicas: [replica('backend', { address })] } });
const SERIES = ['http_requests_total', 'http_request_duration_seconds_bucket'];

describe('monitoring.prometheus', () => {
  const fake = (health: string, job = 'backend', ready = 200) =>
    serve((request, response) => {
      if (request.url === '/-/ready') return void response.writeHead(ready).end();
      const target = { labels: { job }, health, lastError: 'refused', scrapeUrl: 'http://b/metrics' };
      response.end(JSON.stringify({ status: 'success', data: { activeTargets: [target] } }));
    });
  const ask = (at: string, own = {}) =>
    look(prometheus, subject({ services, settings: { url: `http://${at}/`, ...own } }));
  it('passes when each service has a target that is up', async () => {
    expect(await ask(await fake('up'))).toMatchObject({
      verdict: 'pass',
      summary: 'ready; 1 of 1 targets are up',
    });
  });
  it('fails what is down, not scraped, or not ready', async () => {
    expect((await ask(await fake('down'))).summary).toBe('backend at http://b/metrics is down: refused');
    expect((await ask(await fake('up', 'other'))).summary).toBe('no target of backend is scraped');
    expect((await ask(await fake('up', 'backend', 503))).summary).toBe('Prometheus is not ready');
  });
  it('says nothing where none is named or nothing is scraped, and is broken by silence and by other servers', async () => {
    expect((await look(prometheus, subject())).verdict).toBe('inconclusive');
    expect((await ask(await fake('down'), { services: [] })).verdict).toBe('inconclusive');
    await expect(ask('127.0.0.1:1')).rejects.toMatchObject({ code: 'unreachable' });
    await expect(ask(await serve((_, response) => response.end('{}')))).rejects.toThrow(
      'does not tell its targets',
    );
  });
});

describe('monitoring.slo', () => {
  const limits = { errors: '1%', latency: { quantile: 0.95, limit: '1s' } };
  it('passes declared numbers whose series are there', async () => {
    const of = running(await serve(exposition(...SERIES)), { limits });
    expect(await look(slo, of)).toMatchObject({
      verdict: 'pass',
      summary: 'errors 1%, latency 1s: every series is on 1 of 1 replicas',
    });
  });
  it('fails a missing series, a missing number, and an objective that names no series', async () => {
    const of = running(await serve(exposition('http_requests_total')), {
      limits: { ...limits, joy: 'much' },
    });
    expect((await look(slo, of)).details).toEqual([
      "backend-1 has no series http_request_duration_seconds, which 'latency' needs",
      "the objective 'joy' has no number",
      "the objective 'joy' names no series",
    ]);
  });
  it('takes the names that watch uses', () => {
    expect(objectivesOf({ limits: { errors: '1%' }, series: { requests: ['edge_requests'] } })).toEqual([
      { name: 'errors', limit: '1%', series: ['edge_requests'] },
    ]);
  });
  it('says nothing without objectives or replicas, and is broken by a replica that does not answer', async () => {
    expect((await look(slo, subject())).verdict).toBe('inconclusive');
    expect((await look(slo, subject({ services, settings: { limits } }))).verdict).toBe('inconclusive');
    await expect(look(slo, running('127.0.0.1:1', { limits }))).rejects.toMatchObject({
      code: 'unreachable',
    });
  });
});

describe('monitoring.oncall', () => {
  const shift = (name: string, from: string, to: string, contact = '+49 30 1') => ({
    name,
    contact,
    from,
    to,
  });
  const ask = (...schedule: readonly object[]) => look(oncall, subject({ settings: { schedule } }));
  it('passes while somebody can be reached', async () => {
    expect(await ask(shift('Ada', '2026-11-22T00:00:00Z', '2026-11-22T18:00:00+01:00'))).toEqual({
      verdict: 'pass',
      summary: 'Ada (+49 30 1) is on call for 5 h more',
    });
  });
  it('fails between shifts, and for somebody without a contact', async () => {
    expect((await ask(shift('Ada', '2026-11-22T00:00:00Z', '2026-11-22T12:00:00Z'))).summary).toBe(
      'nobody is on call now',
    );
    expect((await ask(shift('Ada', '2026-11-22', '2026-11-23', ' '))).summary).toBe(
      'Ada is on call, without a contact',
    );
  });
  it('says nothing without a rota, and is broken by one that runs backwards', async () => {
    expect((await ask()).verdict).toBe('inconclusive');
    await expect(ask(shift('Ada', '2026-11-23', '2026-11-22'))).rejects.toThrow('ends before it begins');
    await expect(ask(shift('Ada', 'noon', 'six'))).rejects.toMatchObject({ code: 'configuration' });
  });
});

describe('monitoring.alerts', () => {
  const rules = (...lines: readonly string[]) =>
    `groups:\n  - name: g\n    rules:\n${lines.map((line) => `      - ${line}\n`).join('')}`;
  const ask = async (text: string) => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'rules.yaml'), text);
    return look(alerts, running(await serve(exposition(...SERIES)), { rules: 'rules.yaml' }, folder));
  };
  const ERRORS =
    '{ alert: Errors, expr: \'sum by (job) (rate(http_requests_total{status=~"5.."}[5m])) > 0.01\' }';
  it('passes alerts on series that exist, recorded ones among them', async () => {
    const recorded = '{ record: "job:errors:rate", expr: "rate(http_requests_total[1m])" }';
    const text = rules(ERRORS, recorded, '{ alert: More, expr: "job:errors:rate > 1 or up == 0" }');
    expect(await ask(text)).toMatchObject({
      verdict: 'pass',
      summary: '2 alerts, each on series that exist',
    });
  });
  it('fails one on a series that nobody hands out, and one on none', async () => {
    const text = rules(
      ERRORS,
      '{ alert: Odd, expr: "htp_requests > 1" }',
      '{ alert: None, expr: "1 > 0" }',
      '{ expr: up }',
    );
    expect((await ask(text)).details).toEqual([
      'Odd refers to htp_requests, which nobody hands out',
      'None refers to no series',
      'a rule is neither an alert nor a recording: up',
    ]);
  });
  it('is broken by rules that cannot be read, and tells the line', async () => {
    await expect(ask('groups:\n  - name: g\n    rules:\n      - { alert: A, expr: "" }')).rejects.toThrow(
      'rules.yaml:4',
    );
    await expect(ask('groups: [')).rejects.toMatchObject({ code: 'configuration' });
    await expect(look(alerts, subject({ settings: { rules: 'gone.yaml' } }))).rejects.toThrow(
      'no rule file gone.yaml',
    );
  });
  it('says nothing without a file, an alert or a replica', async () => {
    expect((await look(alerts, subject())).verdict).toBe('inconclusive');
    expect((await ask(rules('{ record: a, expr: up }'))).verdict).toBe('inconclusive');
  });
});

describe('the names in an expression', () => {
  it.each([
    ['up', ['up']],
    ['rate(a_total[5m])', ['a_total']],
    ['sum by (job, le) (rate(a{b="c",d!="e}"}[1m] offset 5m)) / ignoring(x) group_left(y) b', ['a', 'b']],
    ['histogram_quantile(0.95, sum without (pod) (a_bucket)) > 1e3', ['a_bucket']],
    ['{__name__="a:b", x="y"}', ['a:b']],
    ['a and on(job) b unless c # d', ['a', 'b', 'c']],
    ['max_over_time(a[1h:5m] @ end()) > bool 0x1F', ['a']],
    ['absent(up{job="x"}) == 1 or vector(0)', ['up']],
  ])('%s', (expression, names) => {
    expect([...metricNames(expression)].sort()).toEqual(names);
  });
});

describe('monitoring.channels', () => {
  it('never passes for channels that nobody tried', async () => {
    expect((await look(channels, subject())).verdict).toBe('not-applicable');
    expect((await look(channels, subject({ settings: { channels: ['mail'] } }))).verdict).toBe(
      'inconclusive',
    );
    await expect(look(channels, subject({ settings: { channels: 1 } }))).rejects.toThrow(
      'monitoring.channels',
    );
  });
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../system/clock.ts';
import { http } from '../../../system/http.ts';
import type { Replica } from '../../../targets/target.ts';
import type { Objective } from '../../objective.ts';
import { type Exposing, exposing } from '../exposing.fixture.ts';
import { parseSelector } from '../selector.ts';
import type { Sample } from '../source.ts';
import { past } from './past.fixture.ts';
import { type PrometheusServer, prometheusRuns, startPrometheus, until } from './prometheus.fixture.ts';
import { type PrometheusSettings, prometheus } from './prometheus.ts';

const all = { services: undefined };
const ERRORS: Objective = { id: 'errors', kind: 'errors', allowed: 0.01, ...all };
const CPU: Objective = { id: 'cpu', kind: 'cpu', limit: 0.7, ...all };
const MEMORY: Objective = { id: 'memory', kind: 'memory', limit: 0.8, ...all };
const LATENCY: Objective = {
  id: 'latency',
  kind: 'latency',
  series: 'http_request_duration_seconds',
  quantile: 0.95,
  limit: 500,
  ...all,
};
const level = (series: string): Objective => ({
  id: 'level',
  kind: 'level',
  series: parseSelector(series),
  limit: 0.9,
  ...all,
});

const RULES = `
groups:
  - name: shop
    rules:
      - { record: 'job:pool:used', expr: 'vector(0.25)' }
      - { record: 'instance:memory:share', expr: 'process_resident_memory_bytes / 1000' }
      - { record: 'job:http_requests:total', expr: 'sum by (job, status) (http_requests_total)' }
`;

describe.runIf(await prometheusRuns())('what a real Prometheus has kept', () => {
  const from = 1_700_000_000;
  let replicas: Exposing[];
  let server: PrometheusServer;
  let one: Exposing;
  let other: Exposing;
  let leaving: Exposing;
  beforeAll(async () => {
    replicas = await Promise.all([
      exposing('backend-1', '1.9.0'),
      exposing('backend-2', '2.0.0'),
      exposing('backend-3'),
    ]);
    for (const replica of replicas) replica.start();
    [one, other, leaving] = replicas as [Exposing, Exposing, Exposing];
    server = await startPrometheus({
      targets: replicas.map(({ replica }) => replica.address ?? ''),
      jobs: `  - job_name: twice\n    static_configs: [{ targets: ['${one.replica.address}'] }]\n`,
      rules: RULES,
      past: past(from),
    });
    await until('all are scraped', async () => {
      const samples = await open([CPU], { selector: '' }).look(
        replicas.map(({ replica }) => replica),
        {},
      );
      return samples.every(({ answer }) => answer.kind === 'answer');
    });
  });
  afterAll(async () => {
    await server?.close();
    await Promise.all((replicas ?? []).map((replica) => replica.close()));
  });

  const open = (objectives: readonly Objective[], more: Partial<PrometheusSettings> = {}) =>
    prometheus({
      url: server.url,
      selector: 'job="shop"',
      replicaLabel: 'instance',
      lookback: 10_000,
      services: { backend: { probes: ['/health'], memoryLimit: 1_000, cores: 2 } },
      objectives,
      series: { requests: 'http_requests_total', status: 'status' },
      timeout: 10_000,
      http,
      clock: systemClock,
      ...more,
    });
  const readingsOf = (samples: readonly Sample[]) =>
    samples.map(({ answer }) => (answer.kind === 'answer' ? answer.readings : answer.reason));

  test('a counter without a series yet is 0 where its target declares it, and no data where nobody does', async () => {
    const source = open([ERRORS, LATENCY]);
    const [sample] = await source.look([other.replica], {});
    expect(sample?.answer).toMatchObject({
      readings: { errors: { trials: 0, events: 0 }, latency: { trials: 0 } },
      notes: [],
    });
    const unknown = open([ERRORS], { series: { requests: 'nobodys_total', status: 'status' } });
    const [silent] = await unknown.look([other.replica], {});
    expect(silent?.answer).toMatchObject({ readings: {}, notes: ['no series nobodys_total'] });
  });

  test('a target that goes away is no answer at once, however long its samples are kept', async () => {
    const source = open([CPU], { lookback: 600_000 });
    expect(readingsOf(await source.look([leaving.replica], {}))).toMatchObject([{ cpu: {} }]);
    leaving.stop();
    await until('the server has noticed', async () => {
      const [sample] = await source.look([leaving.replica], {});
      return sample?.answer.kind === 'no answer' && sample.answer.reason === 'Prometheus cannot scrape it';
    });
  });

  test('a series that ended is not summed with those that took its place', async () => {
    other.change((text) => `${text}http_requests_total{route="/",status="200",build="a"} 500\n`);
    const source = open([ERRORS], { lookback: 600_000 });
    const trials = async () => {
      const [sample] = await source.look([other.replica], {});
      const reading = sample?.answer.kind === 'answer' ? sample.answer.readings['errors'] : undefined;
      return reading?.kind === 'counted' ? reading.trials : undefined;
    };
    await until('the first is scraped', async () => (await trials()) === 500);
    other.change((text) => `${text}http_requests_total{route="/",status="200",build="b"} 7\n`);
    const seen = new Set<number | undefined>();
    await until('the second is scraped', async () => {
      const now = await trials();
      seen.add(now);
      return now === 7;
    });
    expect([...seen].every((now) => now === 500 || now === 7)).toBe(true);
    other.change((text) => text);
  });

  test('a sample says when it was measured, not when it was asked for', async () => {
    const source = open([CPU]);
    const [first] = await source.look([other.replica], {});
    const [again] = await source.look([other.replica], {});
    expect(first?.at).toBeLessThanOrEqual(Date.now());
    expect((again?.at ?? 0) - (first?.at ?? 0)).toBeLessThanOrEqual(2_000);
    const [old] = await open([CPU], { lookback: 1 }).look([other.replica], {});
    expect(old?.answer.kind).toBe('no answer');
  });

  test('a replica that two jobs scrape is counted once', async () => {
    one.serve(Array.from({ length: 5 }, () => ({ status: 200, milliseconds: 5 })));
    const source = open([ERRORS], { selector: '' });
    await until('both jobs have it', async () => {
      const [sample] = await source.look([one.replica], {});
      if (sample?.answer.kind !== 'answer') return false;
      expect(sample.answer.readings['errors']).not.toMatchObject({ trials: 10 });
      return (
        /2 jobs; the first counts/.test(sample.answer.notes.join()) &&
        /"trials":5/.test(JSON.stringify(sample))
      );
    });
  });

  test('a recorded series of each replica is its own; one of the whole service is read while one version runs', async () => {
    const whole = level('job:pool:used');
    const own = open([level('instance:memory:share')], { selector: '' });
    const shared = open([whole], { selector: '' });
    await until('the rules have run', async () => {
      const readings = readingsOf(await shared.look([other.replica], {}));
      return /0\.25/.test(JSON.stringify(readings));
    });
    expect(readingsOf(await own.look([other.replica], {}))).toStrictEqual([
      { level: { kind: 'level', level: 0.4 } },
    ]);
    const both = await shared.look([one.replica, other.replica], {});
    for (const { answer } of both) {
      if (answer.kind !== 'answer') expect.fail(answer.reason);
      expect(answer.readings).toStrictEqual({});
      expect(answer.notes).toContain(
        'job:pool:used has no label instance: it is read only while one version runs',
      );
    }
    const freshness: Objective = {
      id: 'fresh',
      kind: 'freshness',
      series: parseSelector('job:pool:used'),
      limit: 1,
      ...all,
    };
    expect(
      readingsOf(await open([freshness], { selector: '' }).look([one.replica, other.replica], {})),
    ).toMatchObject([{ fresh: { at: 250 } }, { fresh: { at: 250 } }]);
  });

  test('requests that are summed over all versions are no data, and it is said why', async () => {
    const source = open([ERRORS, CPU], { series: { requests: 'job:http_requests:total', status: 'status' } });
    await until('the rules have run', async () => {
      const [sample] = await source.look([other.replica], {});
      if (sample?.answer.kind !== 'answer') return false;
      expect(Object.keys(sample.answer.readings)).toStrictEqual(['cpu']);
      return sample.answer.notes.includes(
        'job:http_requests:total has no label instance: nothing tells which version counted it',
      );
    });
  });

  test('the time before is remembered: events by the minute, across a restart, and levels at the interval', async () => {
    const kept: Replica[] = ['a', 'b'].map((name) => ({
      ...one.replica,
      id: `${name}:1` as Replica['id'],
      address: `${name}:1`,
    }));
    const source = open([ERRORS, CPU, MEMORY], { lookback: 30_000 });
    const span = { from: from * 1_000, to: (from + 600) * 1_000, interval: 5_000 };
    const history = await source.history?.(kept, span);
    // Each minute either replica answers 60 requests, one of them badly; b restarts after five minutes.
    const bins = history?.counted['errors'] ?? [];
    expect(bins).toHaveLength(10);
    for (const bin of bins) {
      // What b has counted between its last scrape and its end is lost.
      expect(bin.trials).toBeGreaterThanOrEqual(70);
      expect(bin.trials).toBeLessThanOrEqual(120);
      expect(bin.events).toBeGreaterThanOrEqual(1);
      expect(bin.events).toBeLessThanOrEqual(2);
    }
    const cpu = history?.levels['cpu'] ?? [];
    // A scrape each 15 s, so that a level comes with each third look.
    expect(cpu.length).toBeGreaterThanOrEqual(39);
    expect(cpu.length).toBeLessThanOrEqual(41);
    for (const share of cpu) expect(share).toBeCloseTo(0.1, 6);
    const memory = history?.levels['memory'] ?? [];
    expect(memory).toHaveLength(121);
    expect(new Set(memory)).toStrictEqual(new Set([0.3]));
  });

  test('while the server itself was away nothing is remembered, and what came meanwhile is no burst', async () => {
    const kept = [{ ...one.replica, id: 'gap:1' as Replica['id'], address: 'gap:1' }];
    const span = { from: from * 1_000, to: (from + 600) * 1_000, interval: 5_000 };
    const history = await open([ERRORS], { lookback: 30_000 }).history?.(kept, span);
    expect(history?.counted['errors']?.map(({ trials }) => trials)).toStrictEqual([
      60, 60, 60, 60, 60, 60, 60,
    ]);
  });

  test('an hour of five-second looks is asked for in parts that the server grants', async () => {
    const source = open([ERRORS, LATENCY, CPU]);
    const to = Date.now();
    const span = { from: to - 86_400_000, to, interval: 500 };
    await expect(source.history?.([other.replica], span)).resolves.toBeDefined();
  });

  test('what the server refuses is told with what to do', async () => {
    const source = open([ERRORS], { selector: 'job=~"("' });
    await expect(source.look([other.replica], {})).rejects.toMatchObject({
      code: 'evidence-missing',
      message: expect.stringMatching(/Prometheus answers 400: .*error parsing regexp/),
      next: expect.stringMatching(/watch\.source\.selector/),
    });
  });
});

import { expect, test } from 'vitest';
import type { Objective } from '../objective.ts';
import { parseExposition } from './exposition.ts';
import { readMeaning, wantedSeries } from './meaning.ts';
import type { MeasuredService } from './measured.ts';
import { parseSelector } from './selector.ts';
import { tableOf } from './series.ts';
import type { Tails } from './source.ts';

const SERIES = { requests: 'requests_total', status: 'status' };
const all = { services: undefined };
const ERRORS: Objective = { id: 'errors', kind: 'errors', allowed: 0.01, ...all };
const LATENCY: Objective = {
  id: 'latency',
  kind: 'latency',
  series: 'duration_seconds',
  quantile: 0.95,
  limit: 1_000,
  ...all,
};
const CPU: Objective = { id: 'cpu', kind: 'cpu', limit: 0.7, ...all };
const MEMORY: Objective = { id: 'memory', kind: 'memory', limit: 0.8, ...all };
const level = (series: string): Objective => ({
  id: 'level',
  kind: 'level',
  series: parseSelector(series),
  limit: 0.9,
  ...all,
});
const freshness = (series: string): Objective => ({
  id: 'fresh',
  kind: 'freshness',
  series: parseSelector(series),
  limit: 60_000,
  ...all,
});
const pair = (bad: string, total: string): Objective => ({
  id: 'pair',
  kind: 'pair',
  bad: parseSelector(bad),
  total: parseSelector(total),
  allowed: 0.01,
  ...all,
});

const PROCESS =
  'process_cpu_seconds_total 6\nprocess_resident_memory_bytes 250\nprocess_start_time_seconds 9\n';
const REQUESTS =
  'requests_total{status="200"} 90\nrequests_total{status="503"} 4\nrequests_total{status="404"} 6\n';
const histogram = (labels: string, edges: Record<string, number>) =>
  Object.entries(edges)
    .map(([le, count]) => `duration_seconds_bucket{${labels}le="${le}"} ${count}\n`)
    .join('');

function read(
  text: string,
  objectives: readonly Objective[],
  more: Partial<MeasuredService> = {},
  tails: Tails = {},
) {
  const services = { backend: { probes: ['/health', '/metrics'], memoryLimit: 1_000, ...more } };
  return readMeaning(
    { services, objectives, series: SERIES },
    'backend',
    tableOf(parseExposition(text)),
    tails,
  );
}
const counted = (trials: number, events: number, eventsForGood = events, tails: readonly number[] = []) => ({
  kind: 'counted',
  trials,
  events,
  eventsForGood,
  tails,
});

test('reads errors, durations, processor time, memory and start', () => {
  const text = PROCESS + REQUESTS + histogram('', { '0.5': 60, '2.5': 95, '+Inf': 100 });
  const answer = read(text, [ERRORS, LATENCY, CPU, MEMORY], { cores: 2 }, { latency: [500, 2_500] });
  expect(answer).toStrictEqual({
    kind: 'answer',
    readings: {
      errors: counted(100, 4),
      latency: counted(100, 5, 40, [40, 5]),
      cpu: { kind: 'slope', total: 3 },
      memory: { kind: 'level', level: 0.25 },
    },
    processStart: 9,
    notes: [],
  });
});

test('an edge right at the limit serves both sides, also where binary fractions are not quite it', () => {
  const edges = { '0.5': 60, '1.1': 80, '2.5': 95, '+Inf': 100 };
  const { readings } = read(histogram('', edges), [{ ...LATENCY, limit: 1_100 }]);
  expect(readings['latency']).toStrictEqual(counted(100, 20));
});

test('every set of labels has its own edges', () => {
  const text =
    histogram('route="/a",', { '1': 8, '+Inf': 10 }) +
    histogram('route="/b",', { '0.9': 5, '3': 19, '+Inf': 20 });
  expect(read(text, [LATENCY]).readings['latency']).toStrictEqual(counted(30, 3, 17));
});

test('buckets that miss the limit on one side say so, and never count for that side', () => {
  const low = read(histogram('', { '0.5': 60, '+Inf': 100 }), [LATENCY]);
  expect(low.readings['latency']).toStrictEqual(counted(100, 0, 40));
  expect(low.notes.join()).toMatch(/slow requests cannot be seen/);
  const high = read(histogram('', { '5': 60, '+Inf': 100 }), [LATENCY]);
  expect(high.readings['latency']).toStrictEqual(counted(100, 40, 100));
  expect(high.notes.join()).toMatch(/never be shown/);
});

test('buckets without an infinite one are no data', () => {
  const { readings, notes } = read(histogram('', { '0.5': 60 }), [LATENCY]);
  expect(readings).toStrictEqual({});
  expect(notes.join()).toMatch(/no bucket le="\+Inf"/);
});

test('milliseconds are read as such', () => {
  const text = 'd_ms_bucket{le="1000"} 7\nd_ms_bucket{le="+Inf"} 9\n';
  expect(read(text, [{ ...LATENCY, series: 'd_ms' }]).readings['latency']).toStrictEqual(counted(9, 2));
});

test('two latency objectives may be read from one series, each with its limit', () => {
  const text = histogram('', { '0.5': 60, '1': 80, '+Inf': 100 });
  const { readings } = read(text, [LATENCY, { ...LATENCY, id: 'quick', limit: 500 }]);
  expect(readings).toStrictEqual({ latency: counted(100, 20), quick: counted(100, 40) });
});

test('what only machines ask for is no traffic', () => {
  const probes =
    'requests_total{route="/health",status="503"} 50\nrequests_total{path="/metrics",status="200"} 99\n';
  expect(read(REQUESTS + probes, [ERRORS]).readings['errors']).toStrictEqual(counted(100, 4));
});

test('the same series twice counts once, in any order of labels', () => {
  const twice = 'requests_total{a="1",status="500"} 4\nrequests_total{status="500",a="1"} 4\n';
  const { readings, notes } = read(twice, [ERRORS]);
  expect(readings['errors']).toStrictEqual(counted(4, 4));
  expect(notes.join()).toMatch(/same labels twice/);
});

test.each(['NaN', '+Inf', '-1'])(
  'a counter of %s leaves its objective unread and is named; the others are read',
  (value) => {
    const { readings, notes } = read(`${PROCESS}${REQUESTS}requests_total{status="501"} ${value}\n`, [
      ERRORS,
      CPU,
    ]);
    expect(Object.keys(readings)).toStrictEqual(['cpu']);
    expect(notes.join()).toMatch(/requests_total has the value/);
  },
);

test('a declared counter without rows is no traffic; one that nobody declares is no data', () => {
  const declared = read('# TYPE requests counter\n# TYPE duration_seconds histogram\n', [ERRORS, LATENCY]);
  expect(declared.readings).toStrictEqual({ errors: counted(0, 0), latency: counted(0, 0) });
  const missing = read('other 1\n', [ERRORS, LATENCY]);
  expect(missing.readings).toStrictEqual({});
  expect(missing.notes).toStrictEqual(['no series requests_total', 'no series duration_seconds_bucket']);
});

test('a counter without the status label tells no errors', () => {
  const { readings, notes } = read('requests_total{code="500"} 4\n', [ERRORS]);
  expect(readings).toStrictEqual({});
  expect(notes.join()).toMatch(/no label status/);
});

test('a pair sums what each of its selectors selects; nothing bad yet is 0, an unknown name is no data', () => {
  const jobs =
    'jobs_total{outcome="failed",queue="a"} 2\njobs_total{outcome="failed",queue="b"} 3\njobs_total{outcome="done"} 95\n';
  const failed = pair('jobs_total{outcome="failed"}', 'jobs_total');
  expect(read(jobs, [failed]).readings['pair']).toStrictEqual(counted(100, 5));
  const lucky = read('jobs_total{outcome="done"} 95\n', [failed]);
  expect(lucky.readings['pair']).toStrictEqual(counted(95, 0));
  const misspelt = read(jobs, [pair('jobs_failed_total', 'jobs_total')]);
  expect(misspelt.readings).toStrictEqual({});
  expect(misspelt.notes).toStrictEqual(['no series jobs_failed_total']);
});

test('a level is the highest of its series, and may be below 0; what is no number is no data', () => {
  const text = 'pool_used{pool="a"} 0.4\npool_used{pool="b"} 0.7\n';
  expect(read(text, [level('pool_used')]).readings['level']).toStrictEqual({ kind: 'level', level: 0.7 });
  expect(read(text, [level('pool_used')]).notes.join()).toMatch(/2 series; the highest counts/);
  const one = read('pool_used{pool="a"} -0.4\n', [level('pool_used{pool="a"}')]);
  expect(one).toMatchObject({ readings: { level: { level: -0.4 } }, notes: [] });
  const odd = read('pool_used NaN\n', [level('pool_used')]);
  expect(odd).toMatchObject({ readings: {}, notes: ['pool_used has the value NaN; not read'] });
});

test('freshness is the newest instant; before the first one, the start of the process', () => {
  const text = 'done_seconds{job="a"} 100\ndone_seconds{job="b"} 300\n';
  expect(read(text, [freshness('done_seconds')]).readings['fresh']).toStrictEqual({
    kind: 'instant',
    at: 300_000,
  });
  const never = read(`${PROCESS}done_seconds 0\n`, [freshness('done_seconds')]);
  expect(never.readings['fresh']).toStrictEqual({ kind: 'instant', at: 9_000 });
  const unknown = read('done_seconds 0\n', [freshness('done_seconds')]);
  expect(unknown).toMatchObject({ readings: {}, notes: ['done_seconds is 0, and nothing tells since when'] });
});

test('without a memory limit there is no data for memory, and it is said; unwatched, it is not', () => {
  const { memoryLimit: _, ...rest } = { memoryLimit: 1, probes: [] };
  const measured = { services: { backend: rest }, series: SERIES };
  const table = tableOf(parseExposition(PROCESS));
  const watched = readMeaning({ ...measured, objectives: [MEMORY] }, 'backend', table, {});
  expect(watched).toMatchObject({
    readings: {},
    notes: ['no memory limit is declared, so its memory cannot be judged'],
  });
  expect(readMeaning({ ...measured, objectives: [CPU] }, 'backend', table, {}).notes).toStrictEqual([]);
});

test('an objective is read only from the services that it watches', () => {
  const elsewhere: Objective = { ...ERRORS, id: 'elsewhere', services: ['worker'] };
  expect(Object.keys(read(REQUESTS, [ERRORS, elsewhere]).readings)).toStrictEqual(['errors']);
});

test('only the series of the objectives are wanted', () => {
  const objectives = [ERRORS, LATENCY, pair('bad_total', 'all_total{a="b"}'), level('pool_used')];
  expect([...wantedSeries({ objectives, series: SERIES })].sort()).toStrictEqual(
    [
      'all_total',
      'bad_total',
      'duration_seconds_bucket',
      'pool_used',
      'process_start_time_seconds',
      'requests_total',
    ].sort(),
  );
});

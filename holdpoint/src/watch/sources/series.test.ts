import { expect, test } from 'vitest';
import { parseExposition } from './exposition.ts';
import { type Meaning, readSeries } from './series.ts';

const MEANING: Meaning = {
  series: { requests: 'requests_total', status: 'status', duration: 'duration_seconds' },
  latencyLimit: 1_000,
  memoryLimit: 1_000,
  cores: 1,
  probes: ['/health', '/metrics'],
};
const PROCESS =
  'process_cpu_seconds_total 6\nprocess_resident_memory_bytes 250\nprocess_start_time_seconds 9\n';
const REQUESTS =
  'requests_total{status="200"} 90\nrequests_total{status="503"} 4\nrequests_total{status="404"} 6\n';
const histogram = (labels: string, edges: Record<string, number>) =>
  Object.entries(edges)
    .map(([le, count]) => `duration_seconds_bucket{${labels}le="${le}"} ${count}\n`)
    .join('');
const DURATIONS = histogram('', { '0.5': 60, '2.5': 95, '+Inf': 100 });

const read = (text: string, more: Partial<Meaning> = {}) =>
  readSeries(parseExposition(text), { ...MEANING, ...more });

test('reads errors, durations, processor time, memory and start', () => {
  expect(read(PROCESS + REQUESTS + DURATIONS, { cores: 2 })).toStrictEqual({
    kind: 'answer',
    totals: { answered: 96, failed: 4, timed: 100, within: 95, withinForGood: 60, cpu: 3 },
    processStart: 9,
    memory: 0.25,
    notes: [],
  });
});

test('an edge right at the limit serves both sides', () => {
  const { totals } = read(histogram('', { '0.5': 60, '1.0': 80, '2.5': 95, '+Inf': 100 }));
  expect([totals.within, totals.withinForGood]).toStrictEqual([80, 80]);
});

test('every set of labels has its own edges', () => {
  const { totals } = read(
    histogram('route="/a",', { '1': 8, '+Inf': 10 }) +
      histogram('route="/b",', { '0.9': 5, '3': 19, '+Inf': 20 }),
  );
  expect(totals).toMatchObject({ timed: 30, within: 27, withinForGood: 13 });
});

test('buckets that miss the limit on one side say so, and never count for that side', () => {
  const low = read(histogram('', { '0.5': 60, '+Inf': 100 }));
  expect(low.totals).toMatchObject({ timed: 100, within: 100, withinForGood: 60 });
  expect(low.notes.join()).toMatch(/slow requests cannot be seen/);
  const high = read(histogram('', { '5': 60, '+Inf': 100 }));
  expect(high.totals).toMatchObject({ timed: 100, within: 60, withinForGood: 0 });
  expect(high.notes.join()).toMatch(/never be shown/);
});

test('milliseconds are read as such', () => {
  const text = 'd_ms_bucket{le="1000"} 7\nd_ms_bucket{le="+Inf"} 9\n';
  const { totals } = read(text, { series: { ...MEANING.series, duration: 'd_ms' } });
  expect(totals).toMatchObject({ timed: 9, within: 7, withinForGood: 7 });
});

test('what only machines ask for is no traffic', () => {
  const probes =
    'requests_total{route="/health",status="503"} 50\nrequests_total{path="/metrics",status="200"} 99\n';
  expect(read(REQUESTS + probes).totals).toMatchObject({ answered: 96, failed: 4 });
});

test('the same series twice counts once, in any order of labels', () => {
  const twice = 'requests_total{a="1",status="500"} 4\nrequests_total{status="500",a="1"} 4\n';
  const { totals, notes } = read(twice);
  expect(totals.failed).toBe(4);
  expect(notes.join()).toMatch(/same labels twice/);
});

test.each(['NaN', '+Inf', '-1'])(
  'a counter of %s leaves its metric unread and is named; the others are read',
  (value) => {
    const { totals, notes } = read(
      `${PROCESS}${REQUESTS}requests_total{status="501"} ${value}\n${DURATIONS}`,
    );
    expect(totals).toMatchObject({ answered: null, failed: null, timed: 100, cpu: 6 });
    expect(notes.join()).toMatch(/requests_total has the value/);
  },
);

test('a declared counter without rows is no traffic; one that nobody declares is no data', () => {
  const declared = read('# TYPE requests_total counter\n# TYPE duration_seconds histogram\n');
  expect(declared.totals).toMatchObject({ answered: 0, failed: 0, timed: 0 });
  const missing = read('other 1\n');
  expect(missing.totals).toMatchObject({ answered: null, failed: null, timed: null });
  expect(missing.notes).toContain('no series requests_total');
});

test('a counter without the status label tells no errors', () => {
  const { totals, notes } = read('requests_total{code="500"} 4\n');
  expect(totals).toMatchObject({ answered: null, failed: null });
  expect(notes.join()).toMatch(/no label status/);
});

test('without a memory limit there is no data for memory, and it is said', () => {
  const { memory, notes } = read(PROCESS, { memoryLimit: undefined });
  expect(memory).toBeNull();
  expect(notes.join()).toMatch(/no memory limit/);
});

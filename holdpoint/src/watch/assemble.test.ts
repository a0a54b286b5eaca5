import { expect, test } from 'vitest';
import { digest, replicaId } from '../kernel/ids.ts';
import type { Replica } from '../targets/target.ts';
import { assemble, type Look } from './assemble.ts';
import type { Totals } from './block.ts';
import type { Sample } from './sources/source.ts';

const DEPLOYED = 10_000;
const replica = (startedAt: number): Replica => ({
  id: replicaId('backend-1'),
  service: 'backend',
  revision: { version: '2.0.0', digest: digest('aa') },
  state: 'ready',
  routed: true,
  startedAt,
});

const sample = (at: number, totals: Partial<Totals>, memory: number | null = null): Sample => ({
  replica: replicaId('backend-1'),
  at,
  answer: {
    kind: 'answer',
    totals: { answered: 0, failed: 0, timed: 0, within: 0, withinForGood: 0, cpu: 0, ...totals },
    processStart: null,
    memory,
    notes: [],
  },
});

const lookAt = (at: number, startedAt: number, samples: Sample[], more: Partial<Look> = {}): Look => ({
  at,
  previous: undefined,
  resumed: false,
  interval: 5_000,
  deployedAt: DEPLOYED,
  replicas: [replica(startedAt)],
  samples,
  notes: [],
  cpuLimit: 0.7,
  memoryLimit: 0.8,
  ...more,
});

test('a replica older than the deployment is a baseline first; one born since counts from 0', () => {
  const samples = [sample(20_000, { answered: 8, failed: 2 })];
  expect(assemble(lookAt(20_000, 5_000, samples)).metrics.errors).toStrictEqual({ events: 0, trials: 0 });
  expect(assemble(lookAt(20_000, DEPLOYED, samples)).metrics.errors).toStrictEqual({ events: 2, trials: 10 });
});

test('processor time is a share of the time between two answers; memory is what it is now', () => {
  const first = assemble(lookAt(20_000, DEPLOYED, [sample(20_000, { cpu: 9 }, 0.5)]));
  expect(first.metrics).toMatchObject({ cpu: { trials: 0 }, memory: { events: 0, trials: 1, highest: 0.5 } });
  const second = assemble(lookAt(25_000, DEPLOYED, [sample(25_000, { cpu: 13 }, 0.9)], { previous: first }));
  expect(second.metrics.cpu).toStrictEqual({ events: 1, trials: 1, highest: 0.8 });
  expect(second.metrics.memory).toStrictEqual({ events: 1, trials: 1, highest: 0.9 });
});

test('a clock that was set back makes a block of no length, never a negative one', () => {
  const first = assemble(lookAt(20_000, DEPLOYED, [sample(20_000, {})]));
  const back = assemble(lookAt(15_000, DEPLOYED, [sample(15_000, { answered: 4 })], { previous: first }));
  expect(back).toMatchObject({ milliseconds: 0, metrics: { errors: { events: 0, trials: 4 } } });
});

test('buckets caught a moment later than their count make no negative number of slow requests', () => {
  const first = assemble(
    lookAt(20_000, DEPLOYED, [sample(20_000, { timed: 10, within: 8, withinForGood: 8 })]),
  );
  const samples = [sample(25_000, { timed: 12, within: 11, withinForGood: 9 })];
  const { latency } = assemble(lookAt(25_000, DEPLOYED, samples, { previous: first })).metrics;
  expect(latency).toStrictEqual({ above: 0, aboveForGood: 1, trials: 2 });
});

test('a missed answer is made up for in the next block', () => {
  const first = assemble(lookAt(20_000, DEPLOYED, [sample(20_000, { answered: 10 })]));
  const silent: Sample = { ...sample(25_000, {}), answer: { kind: 'no answer', reason: 'timeout' } };
  const second = assemble(lookAt(25_000, DEPLOYED, [silent], { previous: first }));
  expect(second).toMatchObject({ watched: 1, answered: 0, notes: ['backend-1: timeout'] });
  const third = assemble(lookAt(30_000, DEPLOYED, [sample(30_000, { answered: 30 })], { previous: second }));
  expect(third.metrics.errors.trials).toBe(20);
});

test('an edge that cannot be read for once keeps its totals', () => {
  const first = assemble(lookAt(20_000, DEPLOYED, [], { edge: { requests: 100, lost: 1 } }));
  const second = assemble(lookAt(25_000, DEPLOYED, [], { previous: first }));
  const third = assemble(
    lookAt(30_000, DEPLOYED, [], { previous: second, edge: { requests: 130, lost: 2 } }),
  );
  expect([first, second, third].map(({ edge }) => [edge?.requests, edge?.lost])).toStrictEqual([
    [0, 0],
    [0, 0],
    [30, 1],
  ]);
});

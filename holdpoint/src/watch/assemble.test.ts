import { expect, test } from 'vitest';
import { digest, replicaId } from '../kernel/ids.ts';
import type { Replica } from '../targets/target.ts';
import { assemble, type Look } from './assemble.ts';
import type { Carry } from './carry.ts';
import type { Objective } from './objective.ts';
import { parseSelector } from './sources/selector.ts';
import type { Reading, Sample } from './sources/source.ts';

const DEPLOYED = 10_000;
const services = undefined;
const OBJECTIVES: readonly Objective[] = [
  { id: 'errors', kind: 'errors', services, allowed: 0.01 },
  { id: 'cpu', kind: 'cpu', services: ['backend'], limit: 0.7 },
  { id: 'memory', kind: 'memory', services, limit: 0.8 },
  { id: 'last-job', kind: 'freshness', services, series: parseSelector('a'), limit: 60_000 },
  { id: 'lost', kind: 'lost', services, allowed: 0.01 },
];
const NEW = { version: '2.0.0', digest: digest('aa') };
const OLD = { version: '1.9.0', digest: digest('bb') };

const replica = (startedAt: number, more: Partial<Replica> = {}): Replica => ({
  id: replicaId('backend-1'),
  service: 'backend',
  revision: NEW,
  state: 'ready',
  routed: true,
  startedAt,
  ...more,
});
const counted = (trials: number, events = 0): Reading => ({
  kind: 'counted',
  trials,
  events,
  eventsForGood: events,
  tails: [],
});
const sample = (at: number, readings: Record<string, Reading>, id = 'backend-1'): Sample => ({
  replica: replicaId(id),
  at,
  answer: { kind: 'answer', readings, processStart: null, notes: [] },
});
const lookAt = (at: number, samples: Sample[], previous?: Carry, more: Partial<Look> = {}): Look => ({
  at,
  previous,
  previousAt: previous?.at,
  resumed: false,
  interval: 5_000,
  warmUp: 0,
  objectives: OBJECTIVES,
  deployedAt: DEPLOYED,
  replicas: [replica(DEPLOYED)],
  isFresh: ({ revision }) => revision.digest === NEW.digest,
  samples,
  notes: [],
  ...more,
});
const errorsOf = ({ block }: ReturnType<typeof assemble>) => block.seen[0];

test('a replica older than the deployment is a baseline first; one born since counts from 0', () => {
  const samples = [sample(20_000, { errors: counted(10, 2) })];
  const older = assemble(lookAt(20_000, samples, undefined, { replicas: [replica(5_000)] }));
  expect(errorsOf(older)).toMatchObject({ fresh: { events: 0, trials: 0 }, old: undefined });
  expect(errorsOf(assemble(lookAt(20_000, samples)))).toMatchObject({ fresh: { events: 2, trials: 10 } });
});

test('the old version is counted beside the new one from its baseline on, as long as it serves', () => {
  const old = replica(1_000, { id: replicaId('backend-9'), revision: OLD });
  const both = [replica(DEPLOYED), old];
  const samples = (at: number, fresh: number, before: number) => [
    sample(at, { errors: counted(fresh, 1) }),
    sample(at, { errors: counted(before, 7) }, 'backend-9'),
  ];
  const first = assemble(lookAt(20_000, samples(20_000, 5, 900), undefined, { replicas: both }));
  expect(errorsOf(first)).toMatchObject({ fresh: { trials: 5 }, old: undefined });
  const second = assemble(lookAt(25_000, samples(25_000, 9, 940), first.carry, { replicas: both }));
  expect(errorsOf(second)).toMatchObject({ fresh: { trials: 4 }, old: { trials: 40, events: 0 } });
  expect(second.block).toMatchObject({ asked: 1, answered: 1 });
  const leaving = [replica(DEPLOYED), { ...old, state: 'draining' as const }];
  const third = assemble(lookAt(30_000, samples(30_000, 12, 941), second.carry, { replicas: leaving }));
  expect(errorsOf(third)).toMatchObject({ fresh: { trials: 3 }, old: undefined });
});

test('what is said of latency beside a replica that has only just become ready is marked as cold, and nothing else', () => {
  const objectives: readonly Objective[] = [
    { id: 'errors', kind: 'errors', services, allowed: 0.01 },
    { id: 'latency', kind: 'latency', services, series: 's', quantile: 0.95, limit: 1_000 },
    { id: 'jobs', kind: 'latency', services: ['worker'], series: 's', quantile: 0.95, limit: 1_000 },
  ];
  let carry: Carry | undefined;
  const coldAt = (at: number, state: Replica['state'] = 'ready') => {
    const look = assemble(
      lookAt(at, [], carry, { objectives, warmUp: 15_000, replicas: [replica(DEPLOYED, { state })] }),
    );
    carry = look.carry;
    return look.block.seen.flatMap((seen, index) =>
      seen.kind === 'counted' && seen.cold ? [objectives[index]?.id] : [],
    );
  };
  expect(coldAt(15_000, 'starting')).toEqual([]);
  expect(coldAt(20_000)).toEqual(['latency']);
  expect(coldAt(34_999)).toEqual(['latency']);
  expect(coldAt(35_000)).toEqual([]);
});

test('neither an old replica nor a dead one is cold', () => {
  const cold = (more: Partial<Replica>): boolean => {
    const { block } = assemble(
      lookAt(20_000, [], undefined, {
        objectives: [{ id: 'latency', kind: 'latency', services, series: 's', quantile: 0.95, limit: 1_000 }],
        warmUp: 15_000,
        replicas: [replica(DEPLOYED, more)],
      }),
    );
    return block.seen.some((seen) => seen.kind === 'counted' && seen.cold === true);
  };
  expect(cold({})).toBe(true);
  expect(cold({ state: 'dead' })).toBe(false);
  expect(cold({ revision: OLD })).toBe(false);
});

test('processor time is a share of the time between two answers; memory is what it is now', () => {
  const readings = (total: number, level: number): Record<string, Reading> => ({
    cpu: { kind: 'slope', total },
    memory: { kind: 'level', level },
  });
  const first = assemble(lookAt(20_000, [sample(20_000, readings(9, 0.5))]));
  expect(first.block.seen.slice(1, 3)).toMatchObject([{ level: undefined }, { level: 0.5, highest: 0.5 }]);
  const second = assemble(lookAt(25_000, [sample(25_000, readings(13, 0.9))], first.carry));
  expect(second.block.seen.slice(1, 3)).toMatchObject([{ level: 0.8 }, { level: 0.9 }]);
});

test('a level is the mean of the busiest service, and the highest that of a single replica', () => {
  const level = (id: string, level: number) => sample(20_000, { memory: { kind: 'level', level } }, id);
  const replicas = ['backend-1', 'backend-2', 'worker-1'].map((id) =>
    replica(DEPLOYED, { id: replicaId(id), service: id.slice(0, -2) }),
  );
  const samples = [level('backend-1', 0.2), level('backend-2', 0.6), level('worker-1', 0.5)];
  const { block } = assemble(lookAt(20_000, samples, undefined, { replicas }));
  expect(block.seen[2]).toStrictEqual({ kind: 'gauge', level: 0.5, highest: 0.6 });
});

test('what succeeded last, in any replica of either version, tells how long it is ago', () => {
  const at = (at: number): Record<string, Reading> => ({ 'last-job': { kind: 'instant', at } });
  const replicas = [replica(DEPLOYED), replica(1, { id: replicaId('backend-9'), revision: OLD })];
  const look = (now: number, previous?: Carry) =>
    lookAt(now, [sample(now, at(7_000)), sample(now, at(11_000), 'backend-9')], previous, { replicas });
  const first = assemble(look(20_000));
  expect(assemble(look(25_000, first.carry)).block.seen[3]).toStrictEqual({ kind: 'freshness', age: 14_000 });
});

test('a clock that was set back makes a block of no length, never a negative one', () => {
  const first = assemble(lookAt(20_000, [sample(20_000, { errors: counted(0) })]));
  const back = assemble(lookAt(15_000, [sample(15_000, { errors: counted(4) })], first.carry));
  expect(back.block.milliseconds).toBe(0);
  expect(errorsOf(back)).toMatchObject({ fresh: { trials: 4 } });
});

test('a missed answer is made up for in the next block, and its reason is told once', () => {
  const first = assemble(lookAt(20_000, [sample(20_000, { errors: counted(10) })]));
  const silent = (at: number): Sample => ({
    ...sample(at, {}),
    answer: { kind: 'no answer', reason: 'timeout' },
  });
  const second = assemble(lookAt(25_000, [silent(25_000)], first.carry));
  expect(second.block).toMatchObject({ asked: 1, answered: 0, notes: ['backend-1: timeout'] });
  const third = assemble(lookAt(30_000, [silent(30_000)], second.carry));
  expect(third.block.notes).toStrictEqual([]);
  const fourth = assemble(lookAt(35_000, [sample(35_000, { errors: counted(30) })], third.carry));
  expect(errorsOf(fourth)).toMatchObject({ fresh: { trials: 20 } });
  expect(assemble(lookAt(40_000, [silent(40_000)], fourth.carry)).block.notes).toHaveLength(1);
});

test('a note too many for one block is told in the next', () => {
  const notes = Array.from({ length: 25 }, (_, index) => `note ${index}`);
  const first = assemble(lookAt(20_000, [], undefined, { notes }));
  const second = assemble(lookAt(25_000, [], first.carry, { notes }));
  expect([...first.block.notes, ...second.block.notes].sort()).toStrictEqual([...notes].sort());
});

test('an edge that cannot be read for once keeps its totals; what it lost is an objective of its own', () => {
  const first = assemble(lookAt(20_000, [], undefined, { edge: { requests: 100, lost: 1 } }));
  const second = assemble(lookAt(25_000, [], first.carry));
  const third = assemble(lookAt(30_000, [], second.carry, { edge: { requests: 130, lost: 2 } }));
  expect([first, second, third].map(({ block }) => block.edge)).toStrictEqual([
    { requests: 0, lost: 0, totals: { requests: 100, lost: 1 } },
    { requests: 0, lost: 0 },
    { requests: 30, lost: 1 },
  ]);
  expect(third.block.seen[4]).toMatchObject({ fresh: { trials: 30, events: 1 }, old: undefined });
});

test.each([-600_000, 600_000])('clocks that differ by %d ms change neither counts nor levels', (skew) => {
  const readings = (trials: number, total: number): Record<string, Reading> => ({
    errors: counted(trials, 1),
    cpu: { kind: 'slope', total },
  });
  const first = assemble(lookAt(20_000, [sample(20_000 + skew, readings(10, 9))]));
  const { block } = assemble(lookAt(25_000, [sample(25_000 + skew, readings(40, 11))], first.carry));
  expect(block).toMatchObject({ milliseconds: 5_000, gap: false });
  expect(block.seen.slice(0, 2)).toMatchObject([{ fresh: { trials: 30, events: 0 } }, { level: 0.4 }]);
});

test('something that happened in the future by our clock has just happened', () => {
  const { block } = assemble(
    lookAt(20_000, [sample(20_000, { 'last-job': { kind: 'instant', at: 90_000 } })]),
  );
  expect(block.seen[3]).toStrictEqual({ kind: 'freshness', age: 0 });
});

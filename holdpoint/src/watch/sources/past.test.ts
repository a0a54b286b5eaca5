import { expect, test } from 'vitest';
import { replicaId } from '../../kernel/ids.ts';
import { binsOf, levelsOf, type Told } from './past.ts';
import type { Reading } from './source.ts';

const told = (
  replica: string,
  at: number,
  reading: Reading | undefined,
  processStart: number | null = 1,
  service = 'backend',
): Told => ({
  replica: replicaId(replica),
  service,
  at,
  answer: { kind: 'answer', readings: reading === undefined ? {} : { it: reading }, processStart, notes: [] },
});
const counted = (trials: number, events: number): Reading => ({
  kind: 'counted',
  trials,
  events,
  eventsForGood: events,
  tails: [],
});
const slope = (total: number): Reading => ({ kind: 'slope', total });
const level = (share: number): Reading => ({ kind: 'level', level: share });

test('bins hold what all replicas that were seen at both ends have counted between', () => {
  const moments = [
    [told('a', 0, counted(10, 1)), told('b', 0, counted(100, 0))],
    [told('a', 1, counted(15, 2)), told('b', 1, counted(101, 1)), told('c', 1, counted(500, 5))],
    [told('a', 2, counted(25, 2)), told('c', 2, counted(501, 5))],
  ];
  expect(binsOf(moments, 'it')).toStrictEqual([
    { trials: 6, events: 2 },
    { trials: 11, events: 0 },
  ]);
});

test.each([
  ['a process that started anew counts from 0', 20, { trials: 4, events: 3 }],
  ['so does one that tells no start and fell', null, { trials: 4, events: 3 }],
  ['a fall without a restart is no bin', 1, undefined],
])('%s', (_, start, bin) => {
  const moments = [[told('a', 0, counted(10, 1))], [told('a', 1, counted(4, 3), start)]];
  expect(binsOf(moments, 'it')).toStrictEqual(bin === undefined ? [] : [bin]);
});

test('where nothing was read at one end there is no bin', () => {
  const moments = [
    [told('a', 0, counted(10, 1))],
    [],
    [told('a', 2, counted(30, 1))],
    [told('a', 3, undefined)],
  ];
  expect(binsOf(moments, 'it')).toStrictEqual([]);
});

test('a level is the mean of a service’s replicas, of the busiest service', () => {
  const moments = [
    [told('a', 0, level(0.2)), told('b', 0, level(0.4)), told('w', 0, level(0.1), 1, 'worker')],
    [told('a', 5, level(0.2)), told('w', 5, level(0.9), 1, 'worker')],
  ];
  expect(levelsOf(moments, 'it')).toStrictEqual([expect.closeTo(0.3), 0.9]);
});

test('a slope is divided by the time between two samples; none without a new one, or across a restart', () => {
  const moments = [
    [told('a', 0, slope(1))],
    [told('a', 5_000, slope(2))],
    [told('a', 5_000, slope(2))],
    [told('a', 20_000, slope(5))],
    [told('a', 25_000, slope(0.1), 24)],
    [told('a', 30_000, slope(2.1), 24)],
  ];
  expect(levelsOf(moments, 'it')).toStrictEqual([0.2, 0.2, 0.4]);
});

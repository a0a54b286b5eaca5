import type { Block, Counts, HardEvent, Observation } from './block.ts';
import { NO_HISTORY } from './history.ts';
import type { Objective } from './objective.ts';
import { parseSelector } from './sources/selector.ts';
import { termsOf, type WatchTerms } from './terms.ts';

/** One service level of every kind. */
export const LEVELS: readonly Objective[] = [
  { id: 'errors', kind: 'errors', services: undefined, allowed: 0.01 },
  {
    id: 'latency',
    kind: 'latency',
    services: undefined,
    series: 'http_request_duration_seconds',
    quantile: 0.95,
    limit: 1_000,
  },
  { id: 'lost', kind: 'lost', services: undefined, allowed: 0.01 },
  { id: 'cpu', kind: 'cpu', services: undefined, limit: 0.7 },
  { id: 'memory', kind: 'memory', services: undefined, limit: 0.8 },
  {
    id: 'jobs',
    kind: 'pair',
    services: undefined,
    bad: parseSelector('jobs_total{outcome="failed"}'),
    total: parseSelector('jobs_total'),
    allowed: 0.02,
  },
  { id: 'queue', kind: 'level', services: undefined, series: parseSelector('queue_length'), limit: 50 },
  {
    id: 'nightly',
    kind: 'freshness',
    services: undefined,
    series: parseSelector('nightly_success'),
    limit: 300_000,
  },
];

export const termsFor = (levels: readonly Objective[] = LEVELS, beside = true): WatchTerms =>
  termsOf({ falseAlarms: 0.01, falsePromotions: 0.05, window: 7_200_000, warmUp: 15_000 }, levels, {
    beside,
    history: NO_HISTORY,
    tails: {},
  });

export const countsOf = (events: number, trials: number): Counts => ({
  trials,
  events,
  eventsForGood: events,
  tails: [],
});

export const counted = (
  fresh: readonly [events: number, trials: number],
  old?: readonly [events: number, trials: number],
): Observation => ({
  kind: 'counted',
  fresh: countsOf(...fresh),
  old: old === undefined ? undefined : countsOf(...old),
});

export const gauge = (level?: number, highest = level): Observation => ({ kind: 'gauge', level, highest });
export const fresh = (age?: number): Observation => ({ kind: 'freshness', age });

export const blockAt = (
  at: number,
  seen: readonly Observation[],
  more: { readonly hard?: readonly HardEvent[]; readonly answered?: number; readonly gap?: boolean } = {},
): Block => ({
  at,
  milliseconds: 5_000,
  gap: more.gap ?? false,
  asked: 3,
  answered: more.answered ?? 3,
  seen,
  hard: more.hard ?? [],
  notes: [],
});

/** Everything well within its limits: `requests` is what each counted. */
export const healthy = (requests: number): readonly Observation[] => [
  counted([0, requests], [0, requests]),
  counted([0, requests], [0, requests]),
  counted([0, requests]),
  gauge(0.2, 0.25),
  gauge(0.4, 0.41),
  counted([0, requests]),
  gauge(4, 6),
  fresh(40_000),
];

import type { Block, CountedObservation, Counts, GaugeObservation, Observation } from '../block.ts';
import type { CountedRule, GateRules, ObjectiveRule } from './rules.ts';

/** A block for tests of the gate: 5 s in which three replicas answered. */
export const blockOf = (
  at: number,
  seen: readonly Observation[] = [],
  more: Partial<Omit<Block, 'at' | 'seen'>> = {},
): Block => ({
  at,
  milliseconds: 5_000,
  gap: false,
  asked: 3,
  answered: 3,
  seen,
  hard: [],
  notes: [],
  ...more,
});

export const countsOf = (events: number, trials: number, more: Partial<Counts> = {}): Counts => ({
  trials,
  events,
  eventsForGood: events,
  tails: [],
  ...more,
});

type EventsOfTrials = readonly [events: number, trials: number];

export const counted = (fresh: EventsOfTrials, old?: EventsOfTrials): CountedObservation => ({
  kind: 'counted',
  fresh: countsOf(...fresh),
  old: old === undefined ? undefined : countsOf(...old),
});

export const gauge = (level: number | undefined): GaugeObservation => ({
  kind: 'gauge',
  level,
  highest: level,
});

export const countedRule = (more: Partial<CountedRule> = {}): CountedRule => ({
  kind: 'counted',
  id: 'errors',
  weight: 1,
  allowed: 0.01,
  overdispersion: 1,
  ...more,
});

export const BESIDE = { versus: { ratio: 1.5, slack: 0.001, tails: 0 } };

export const rulesOf = (objectives: readonly ObjectiveRule[] = [countedRule()]): GateRules => ({
  falseAlarms: 0.01,
  falsePromotions: 0.05,
  window: 7_200_000,
  objectives,
});

/** Errors, latency, processor and memory, with an old version beside the new one. */
export const FOUR = rulesOf([
  countedRule({ weight: 0.4, before: 0.005, ...BESIDE }),
  countedRule({ id: 'latency', weight: 0.4, allowed: 0.05, versus: { ratio: 1.5, slack: 0.01, tails: 2 } }),
  { kind: 'gauge', id: 'cpu', weight: 0.1, limit: 0.7, correlation: 0.84, deviation: 0.05 },
  { kind: 'gauge', id: 'memory', weight: 0.1, limit: 0.8, correlation: 0.9, deviation: 0.02 },
]);

/** Everything well within the limits of `FOUR`, for as many requests to each version. */
export function healthy(
  requests: number,
): readonly [errors: Observation, latency: Observation, ...Observation[]] {
  const slow = countsOf(0, requests, { tails: [0, 0] });
  return [
    counted([0, requests], [0, requests]),
    { kind: 'counted', fresh: slow, old: slow },
    gauge(0.3),
    gauge(0.5),
  ];
}

/** As many blocks as asked for, one each 5 s from `from` on, in milliseconds. */
export const blocksOf = (
  count: number,
  of: (index: number) => readonly Observation[],
  from = 0,
  more: Partial<Omit<Block, 'at' | 'seen'>> = {},
): Block[] =>
  Array.from({ length: count }, (_, index) => blockOf(from + (index + 1) * 5_000, of(index), more));

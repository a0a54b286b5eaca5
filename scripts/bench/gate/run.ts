import type { Block, CountedObservation, Counts, Observation } from '../../../holdpoint/src/watch/block.ts';
import { type Gate, observe, openGate } from '../../../holdpoint/src/watch/gate/decide.ts';
import { type Bin, type History, NO_HISTORY } from '../../../holdpoint/src/watch/history.ts';
import type { Objective } from '../../../holdpoint/src/watch/objective.ts';
import { cutsOf } from '../../../holdpoint/src/watch/sources/histogram.ts';
import { termsOf } from '../../../holdpoint/src/watch/terms.ts';
import type { Cell } from './cells.ts';
import { type Random, randomOf } from './random.ts';
import { ArgoRollouts } from './rules/argo-rollouts.ts';
import { Flagger } from './rules/flagger.ts';
import { Kayenta } from './rules/kayenta.ts';
import {
  above,
  add,
  type Behaviour,
  EDGES,
  emptySlice,
  gaugeOf,
  type Slice,
  sharesOf,
  Traffic,
} from './traffic.ts';

/** When each of them decided, in seconds since the deployment; Infinity for never. */
export interface Outcome {
  readonly bad: number;
  /** Both objectives that users feel were shown to be kept. */
  readonly requestsGood: number;
  readonly allGood: number;
  readonly flagger: number;
  readonly argo: number;
  readonly kayenta: number;
}

/** The defaults of `watch:`; the only configuration here. */
export const SETTINGS = { falseAlarms: 0.01, falsePromotions: 0.05, window: 7_200_000, warmUp: 15_000 };
export const OBJECTIVES: readonly Objective[] = [
  { kind: 'errors', id: 'errors', services: undefined, allowed: 0.01 },
  {
    kind: 'latency',
    id: 'latency',
    services: undefined,
    series: 'http_request_duration_seconds',
    quantile: 0.95,
    limit: 1_000,
  },
  { kind: 'cpu', id: 'cpu', services: undefined, limit: 0.7 },
  { kind: 'memory', id: 'memory', services: undefined, limit: 0.8 },
];
const LOOK = 5;
const LIMIT = 1;
const HOUR = 3_600;
const NEVER = Number.POSITIVE_INFINITY;

export function simulate(cell: Cell, seed: number): Outcome {
  const random = randomOf(seed);
  const versions = { fresh: new Traffic(random, cell.rate), old: new Traffic(random, cell.rate) };
  const gauges = { cpu: gaugeOf(random, cell.old.cpu), memory: gaugeOf(random, cell.old.memory) };
  const before = hourBefore(cell, versions.old, gauges);
  const edges = cell.known === 'both' ? tailEdges(before.total) : [];
  const terms = termsOf(SETTINGS, OBJECTIVES, {
    beside: cell.known === 'both',
    history: cell.known === 'nothing' ? NO_HISTORY : before.history,
    tails: edges.length === 0 ? {} : { latency: edges.map((edge) => edge * 1_000) },
  });
  let gate = openGate(terms.rules);
  const rules = { flagger: new Flagger(), argo: new ArgoRollouts(), kayenta: new Kayenta() };
  const changed = freshGauges(random, cell);
  for (let at = LOOK; at <= cell.watched; at += LOOK) {
    const fresh = sliceOf(cell, versions.fresh, freshAt(cell, at), at);
    const old = sliceOf(cell, versions.old, cell.old, at);
    if (gate.badAt === undefined) {
      const levels = { cpu: changed.cpu.next().value, memory: changed.memory.next().value };
      gate = observe(gate, blockOf(at, fresh, cell.known === 'both' ? old : undefined, levels, edges));
    }
    for (const rule of Object.values(rules)) rule.take(at, fresh, old);
    if (gate.badAt !== undefined && Object.values(rules).every(({ decidedAt }) => decidedAt !== undefined))
      break;
  }
  return {
    bad: gate.badAt ?? NEVER,
    ...goodTimes(gate),
    flagger: rules.flagger.decidedAt ?? NEVER,
    argo: rules.argo.decidedAt ?? NEVER,
    kayenta: rules.kayenta.decidedAt ?? NEVER,
  };
}

/** How the new version behaves in the look that ends at this second. */
function freshAt({ onset, old, fresh, atFirst }: Cell, at: number): Behaviour {
  if (atFirst !== undefined && at <= atFirst.until) return atFirst;
  return at > onset ? fresh : old;
}

function goodTimes({ objectives }: Gate): Pick<Outcome, 'requestsGood' | 'allGood'> {
  const times = objectives.map(({ settledAt }) => settledAt ?? NEVER);
  return { requestsGood: Math.max(...times.slice(0, 2)), allGood: Math.max(...times) };
}

type Gauges = Readonly<Record<'cpu' | 'memory', ReturnType<typeof gaugeOf>>>;

const freshGauges = (random: Random, { fresh }: Cell): Gauges => ({
  cpu: gaugeOf(random, fresh.cpu),
  memory: gaugeOf(random, fresh.memory),
});

const shares = new Map<number, readonly number[]>();

function sharesFor(p95: number): readonly number[] {
  const known = shares.get(p95) ?? sharesOf(p95);
  shares.set(p95, known);
  return known;
}

function sliceOf(cell: Cell, traffic: Traffic, behaviour: Behaviour, at: number): Slice {
  const { incident } = cell;
  const hit = incident !== undefined && at > incident.from && at <= incident.to;
  const now = hit ? { ...behaviour, errors: incident.errors, clump: 1 } : behaviour;
  return traffic.during(now, sharesFor(hit ? incident.p95 : behaviour.p95), at - LOOK, LOOK);
}

/** Minutes of the old version, and the levels of each look. */
function hourBefore(cell: Cell, traffic: Traffic, gauges: Gauges): { history: History; total: Slice } {
  const errors: Bin[] = [];
  const latency: Bin[] = [];
  const total = emptySlice();
  for (let at = -HOUR; at < 0; at += 60) {
    const minute = traffic.during(cell.old, sharesFor(cell.old.p95), at, 60);
    errors.push({ events: minute.errors, trials: minute.trials });
    latency.push({ events: above(minute, LIMIT), trials: minute.trials });
    add(total, minute);
  }
  const levels = (gauge: Gauges['cpu']): number[] =>
    Array.from({ length: HOUR / LOOK }, () => gauge.next().value);
  return {
    history: {
      counted: { errors, latency },
      levels: { cpu: levels(gauges.cpu), memory: levels(gauges.memory) },
    },
    total,
  };
}

/** Where the old version's latencies are cut, in seconds: chosen as the sources do. */
export function tailEdges({ buckets }: Slice): readonly number[] {
  let count = 0;
  const histogram = buckets.map((own, index) => {
    count += own;
    return { edge: (EDGES[index] ?? Number.POSITIVE_INFINITY) * 1_000, count };
  });
  return cutsOf([histogram]).map((milliseconds) => milliseconds / 1_000);
}

function blockOf(
  at: number,
  fresh: Slice,
  old: Slice | undefined,
  levels: { readonly cpu: number; readonly memory: number },
  edges: readonly number[],
): Block {
  const errors = (slice: Slice): Counts => ({
    trials: slice.trials,
    events: slice.errors,
    eventsForGood: slice.errors,
    tails: [],
  });
  const latency = (slice: Slice): Counts => {
    const slow = above(slice, LIMIT);
    return {
      trials: slice.trials,
      events: slow,
      eventsForGood: slow,
      tails: edges.map((edge) => above(slice, edge)),
    };
  };
  const counted = (counts: (slice: Slice) => Counts): CountedObservation => ({
    kind: 'counted',
    fresh: counts(fresh),
    old: old === undefined ? undefined : counts(old),
  });
  // Its replicas became ready before the first look.
  const cold = at - LOOK < SETTINGS.warmUp / 1_000 ? { cold: true as const } : {};
  const gauge = (level: number): Observation => ({ kind: 'gauge', level, highest: level });
  return {
    at,
    milliseconds: LOOK * 1_000,
    gap: false,
    asked: 6,
    answered: 6,
    seen: [counted(errors), { ...counted(latency), ...cold }, gauge(levels.cpu), gauge(levels.memory)],
    hard: [],
    notes: [],
  };
}

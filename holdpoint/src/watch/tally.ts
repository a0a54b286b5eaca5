import type { Counts, Observation } from './block.ts';
import type { KnownReplica } from './carry.ts';
import type { Objective } from './objective.ts';
import { watchedBy } from './objective.ts';
import type { EdgeTotals } from './sources/edge.ts';
import type { Reading } from './sources/source.ts';

/** What the replicas of one look say of one objective, while they are read one after the other. */
export interface Tally {
  readonly objective: Objective;
  /** Whether a new replica has only just become ready. */
  readonly cold: boolean;
  readonly fresh: Sum;
  readonly old: Sum;
  /** Whether an old replica that is watched serves beside the new ones. */
  beside: boolean;
  /** Levels of the new replicas, by service. */
  readonly levels: Map<string, number[]>;
  newest: number | undefined;
  observation(at: number): Observation;
}

type Sum = { -readonly [Field in keyof Counts]: Counts[Field] extends number ? number : number[] };

export function tallyOf(objective: Objective, cold: boolean): Tally {
  const tally: Tally = {
    objective,
    cold,
    fresh: nothing(),
    old: nothing(),
    beside: false,
    levels: new Map(),
    newest: undefined,
    observation: (at) => observed(tally, at),
  };
  return tally;
}

const nothing = (): Sum => ({ trials: 0, events: 0, eventsForGood: 0, tails: [] });

/** `milliseconds` since the replica's answer before; null when the two cannot be compared. */
export function addReading(
  tally: Tally,
  replica: KnownReplica,
  reading: Reading | undefined,
  milliseconds: number | null,
): void {
  if (reading === undefined || !watchedBy(tally.objective, replica.service)) return;
  switch (reading.kind) {
    case 'counted':
      if (!replica.fresh && replica.state === 'ready') tally.beside = true;
      add(replica.fresh ? tally.fresh : tally.old, reading);
      return;
    case 'slope':
      // Starting up burns a core and says nothing about serving: only a span between two answers is a sample.
      if (milliseconds !== null) addLevel(tally, replica, reading.total / (milliseconds / 1_000));
      return;
    case 'level':
      addLevel(tally, replica, reading.level);
      return;
    case 'instant':
      // It is the system's, whichever version did it.
      tally.newest = Math.max(tally.newest ?? 0, reading.at);
      return;
    default:
      reading satisfies never;
  }
}

function add(
  sum: Sum,
  { trials, events, eventsForGood, tails }: Extract<Reading, { kind: 'counted' }>,
): void {
  sum.trials += trials;
  sum.events += events;
  sum.eventsForGood += eventsForGood;
  tails.forEach((tail, index) => {
    sum.tails[index] = (sum.tails[index] ?? 0) + tail;
  });
}

function addLevel({ levels }: Tally, { fresh, service }: KnownReplica, level: number): void {
  if (!fresh) return;
  const others = levels.get(service);
  if (others === undefined) levels.set(service, [level]);
  else others.push(level);
}

function observed({ objective, cold, fresh, old, beside, levels, newest }: Tally, at: number): Observation {
  switch (objective.kind) {
    case 'latency':
      // Code that is not compiled and connections that are not open make an answer late, and no answer wrong.
      return { kind: 'counted', fresh, old: beside ? old : undefined, ...(cold ? { cold } : {}) };
    case 'errors':
    case 'pair':
    case 'lost':
      return { kind: 'counted', fresh, old: beside ? old : undefined };
    case 'cpu':
    case 'memory':
    case 'level': {
      const services = [...levels.values()];
      if (services.length === 0) return { kind: 'gauge', level: undefined, highest: undefined };
      const means = services.map((all) => all.reduce((sum, one) => sum + one, 0) / all.length);
      return {
        kind: 'gauge',
        level: rounded(Math.max(...means)),
        highest: rounded(Math.max(...services.flat())),
      };
    }
    case 'freshness':
      return { kind: 'freshness', age: newest === undefined ? undefined : Math.max(0, at - newest) };
    default:
      return objective satisfies never;
  }
}

/** Digits beyond these are noise, and would fill the log. */
const rounded = (level: number): number => Number(level.toPrecision(5));

/** What the edge saw, as an objective: requests that got no answer, among all. */
export function withLost({ requests, lost }: EdgeTotals): Observation {
  const events = Math.min(lost, requests);
  return {
    kind: 'counted',
    fresh: { trials: requests, events, eventsForGood: events, tails: [] },
    old: undefined,
  };
}

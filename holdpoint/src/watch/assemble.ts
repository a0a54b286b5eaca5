import type { Replica } from '../targets/target.ts';
import type { Block, Observation } from './block.ts';
import type { Carry, KnownReplica } from './carry.ts';
import { countSince } from './counters.ts';
import { follow } from './lifecycle.ts';
import { type Objective, watchedBy } from './objective.ts';
import type { EdgeTotals } from './sources/edge.ts';
import type { Sample } from './sources/source.ts';
import { addReading, type Tally, tallyOf, withLost } from './tally.ts';

/** Everything that one look brought in, and what it is to be compared with. */
export interface Look {
  readonly at: number;
  /** What the look before has left; undefined at the first look. */
  readonly previous: Carry | undefined;
  /** When the block before ended; it may have left nothing else. */
  readonly previousAt: number | undefined;
  /** The look before was made by an earlier process. */
  readonly resumed: boolean;
  /** Milliseconds between two looks, as meant. */
  readonly interval: number;
  /** Milliseconds for which a replica that has become ready is cold. */
  readonly warmUp: number;
  readonly objectives: readonly Objective[];
  /** A replica that started later counts from 0. */
  readonly deployedAt: number;
  /** Replicas of both versions; undefined when they could not be listed. */
  readonly replicas: readonly Replica[] | undefined;
  /** Whether a replica is one of the revision that is brought in. */
  readonly isFresh: (replica: Replica) => boolean;
  readonly samples: readonly Sample[];
  readonly edge?: EdgeTotals;
  readonly notes: readonly string[];
}

/** A gap begins where a block is longer than this many intervals. */
const GAP = 1.5;
const MOST_NOTES = 20;

/** The block between the look before and this one, and what the next is compared with. Pure: the same look gives the same. */
export function assemble(look: Look): { readonly block: Block; readonly carry: Carry } {
  const { at, previous } = look;
  // A clock that was set back spends none of the prior; it must not make time run backwards.
  const milliseconds = look.previousAt === undefined ? 0 : Math.max(0, at - look.previousAt);
  const before = previous?.replicas ?? [];
  const { hard, known, notes } =
    look.replicas === undefined
      ? { hard: [], known: before, notes: [] }
      : follow({ before, replicas: look.replicas, at, isFresh: look.isFresh, resumed: look.resumed });
  const said = new Set([...look.notes, ...notes]);
  const cold = coldServices(known, look);
  const tallies = look.objectives.map((objective) =>
    tallyOf(
      objective,
      cold.some((service) => watchedBy(objective, service)),
    ),
  );
  const samples = new Map(look.samples.map((sample) => [String(sample.replica), sample]));
  let answered = 0;
  const replicas = known.map((replica) => {
    const sample = samples.get(replica.id);
    if (sample === undefined) return replica;
    if (replica.fresh && sample.answer.kind === 'answer') answered += 1;
    return count(replica, sample, look, tallies, said);
  });
  const edge = look.edge ?? previous?.edge;
  const counted = edge === undefined ? undefined : sinceBefore(previous?.edge, edge);
  const seen = tallies.map((tally): Observation => {
    const observation = tally.observation(at);
    return tally.objective.kind === 'lost' && counted !== undefined ? withLost(counted) : observation;
  });
  const told = new Set(previous?.said);
  const news = [...said].filter((note) => !told.has(note)).slice(0, MOST_NOTES);
  return {
    block: {
      at,
      milliseconds,
      gap: milliseconds > GAP * look.interval,
      asked: known.filter(({ id, fresh }) => fresh && samples.has(id)).length,
      answered,
      seen,
      hard,
      ...(edge === undefined || counted === undefined
        ? {}
        : { edge: previous?.edge === undefined ? { ...counted, totals: edge } : counted }),
      notes: news,
    },
    carry: {
      at,
      replicas,
      ...(edge === undefined ? {} : { edge }),
      // What is over is forgotten, so that it is told again when it comes back.
      said: [...said].filter((note) => told.has(note) || news.includes(note)),
    },
  };
}

/** Services with a new replica that has been ready for so short that it may be slow for that alone. */
function coldServices(known: readonly KnownReplica[], { at, warmUp }: Look): readonly string[] {
  const cold = known.filter(
    ({ fresh, state, readyAt }) =>
      fresh && state !== 'dead' && readyAt !== undefined && at - readyAt < warmUp,
  );
  return [...new Set(cold.map(({ service }) => service))];
}

function count(
  replica: KnownReplica,
  { at, answer }: Sample,
  look: Look,
  tallies: readonly Tally[],
  said: Set<string>,
): KnownReplica {
  if (answer.kind === 'no answer') {
    said.add(`${replica.id}: ${answer.reason}`);
    return replica;
  }
  for (const note of answer.notes) said.add(`${replica.service}: ${note}`);
  const born = replica.fresh && replica.startedAt >= countedFrom(look);
  const { delta, last, note } = countSince(replica.last, answer, at, born);
  if (note !== undefined) said.add(`${replica.id}: ${note}`);
  if (delta !== undefined) {
    for (const tally of tallies)
      addReading(tally, replica, delta.readings[tally.objective.id], delta.milliseconds);
  }
  return { ...replica, last };
}

/** What an earlier process has counted must not count again where nothing is left to compare with. */
const countedFrom = ({ previous, previousAt, deployedAt }: Look): number =>
  previous === undefined && previousAt !== undefined ? previousAt : deployedAt;

function sinceBefore(before: EdgeTotals | undefined, now: EdgeTotals): EdgeTotals {
  const restarted = before !== undefined && (now.requests < before.requests || now.lost < before.lost);
  const base = before === undefined ? now : restarted ? { requests: 0, lost: 0 } : before;
  return { requests: now.requests - base.requests, lost: now.lost - base.lost };
}

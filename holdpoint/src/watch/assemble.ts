import type { Replica } from '../targets/target.ts';
import type { Block, BlockMetrics, KnownReplica } from './block.ts';
import { countSince, type Delta } from './counters.ts';
import { follow } from './lifecycle.ts';
import type { EdgeTotals } from './sources/edge.ts';
import type { Sample } from './sources/source.ts';

/** Everything that one look brought in, and what it is to be compared with. */
export interface Look {
  readonly at: number;
  /** The block before; undefined at the first look. */
  readonly previous: Block | undefined;
  /** The block before was made by an earlier process. */
  readonly resumed: boolean;
  /** Milliseconds between two looks, as meant. */
  readonly interval: number;
  /** A replica that started later counts from 0. */
  readonly deployedAt: number;
  /** Replicas of the new revision; undefined when they could not be listed. */
  readonly replicas: readonly Replica[] | undefined;
  readonly samples: readonly Sample[];
  readonly edge?: EdgeTotals;
  readonly notes: readonly string[];
  /** Shares above which a sample of a gauge counts as an event; undefined for gauges that are not watched. */
  readonly cpuLimit: number | undefined;
  readonly memoryLimit: number | undefined;
}

/** A gap begins where a block is longer than this many intervals. */
const GAP = 1.5;
const MOST_NOTES = 20;

/** The block between the look before and this one. Pure: the same look gives the same block. */
export function assemble(look: Look): Block {
  const { at, previous } = look;
  // A clock that was set back spends none of the prior; it must not make time run backwards.
  const milliseconds = previous === undefined ? 0 : Math.max(0, at - previous.at);
  const before = previous?.replicas ?? [];
  const { hard, known, notes } =
    look.replicas === undefined
      ? { hard: [], known: before, notes: [] }
      : follow(before, look.replicas, look.resumed);
  const said = new Set([...look.notes, ...notes]);
  const tally = emptyTally();
  const replicas = known.map((replica) => {
    const sample = look.samples.find((one) => one.replica === replica.id);
    return sample === undefined ? replica : count(replica, sample, look, tally, said);
  });
  const answered = look.samples.filter(({ answer }) => answer.kind === 'answer').length;
  const edgeNow = look.edge ?? previous?.edge?.totals;
  const edge = edgeNow === undefined ? undefined : edgeBlock(previous?.edge?.totals, edgeNow);
  return {
    at,
    milliseconds,
    ...(milliseconds > GAP * look.interval ? { gap: true as const } : {}),
    watched: look.samples.length,
    answered,
    metrics: tally,
    hard: [...hard],
    replicas,
    ...(edge === undefined ? {} : { edge }),
    notes: [...said].slice(0, MOST_NOTES),
  };
}

function count(
  replica: KnownReplica,
  { at, answer }: Sample,
  look: Look,
  tally: BlockMetrics,
  said: Set<string>,
): KnownReplica {
  if (answer.kind === 'no answer') {
    said.add(`${replica.id}: ${answer.reason}`);
    return replica;
  }
  for (const note of answer.notes) said.add(`${replica.service}: ${note}`);
  const { delta, last, note } = countSince(replica.last, answer, at, replica.startedAt >= look.deployedAt);
  if (note !== undefined) said.add(`${replica.id}: ${note}`);
  if (delta !== undefined) addCounts(tally, delta, look.cpuLimit);
  addSample(tally.memory, answer.memory, look.memoryLimit);
  return { ...replica, last };
}

function addCounts(tally: BlockMetrics, { totals, milliseconds }: Delta, cpuLimit: number | undefined): void {
  const { answered, failed, timed, within, withinForGood, cpu } = totals;
  if (answered !== null && failed !== null) {
    tally.errors.trials += answered + failed;
    tally.errors.events += failed;
  }
  if (timed !== null && within !== null && withinForGood !== null) {
    // A scrape may catch the buckets a moment later than the count.
    tally.latency.trials += timed;
    tally.latency.above += Math.max(0, timed - within);
    tally.latency.aboveForGood += Math.max(0, timed - withinForGood);
  }
  // Starting up burns a core and says nothing about serving: only a span between two answers is a sample.
  if (cpu !== null && milliseconds !== null) addSample(tally.cpu, cpu / (milliseconds / 1_000), cpuLimit);
}

function addSample(gauge: BlockMetrics['cpu'], share: number | null, limit: number | undefined): void {
  if (share === null || limit === undefined) return;
  gauge.trials += 1;
  if (share > limit) gauge.events += 1;
  gauge.highest = Math.max(gauge.highest ?? 0, share);
}

function edgeBlock(before: EdgeTotals | undefined, now: EdgeTotals): NonNullable<Block['edge']> {
  const restarted = before !== undefined && (now.requests < before.requests || now.lost < before.lost);
  const base = before === undefined ? now : restarted ? { requests: 0, lost: 0 } : before;
  return { requests: now.requests - base.requests, lost: now.lost - base.lost, totals: { ...now } };
}

function emptyTally(): BlockMetrics {
  return {
    errors: { events: 0, trials: 0 },
    latency: { above: 0, aboveForGood: 0, trials: 0 },
    cpu: { events: 0, trials: 0 },
    memory: { events: 0, trials: 0 },
  };
}

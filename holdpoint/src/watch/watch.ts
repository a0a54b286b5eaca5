import type { Clock } from '../kernel/clock.ts';
import { explain } from '../kernel/errors.ts';
import type { Digest } from '../kernel/ids.ts';
import type { Replica } from '../targets/target.ts';
import { assemble } from './assemble.ts';
import type { Block } from './block.ts';
import type { Carry, CarryStore } from './carry.ts';
import { type Decision, decide, type Gate, observe, openGate } from './gate/decide.ts';
import type { Objective } from './objective.ts';
import type { EdgeMeter, EdgeTotals } from './sources/edge.ts';
import type { Source } from './sources/source.ts';
import type { WatchTerms } from './terms.ts';
import { metricInWords, verdictInWords } from './words.ts';

export interface Watch {
  /** Fixed before the first look. */
  readonly terms: WatchTerms;
  /** In the order of the terms' rules. */
  readonly objectives: readonly Objective[];
  /** Milliseconds between two looks, as it is to be kept: whoever scales time has scaled it. */
  readonly interval: number;
  /** The new revision; replicas of others are what it is compared with. */
  readonly revision: Digest;
  /** Replicas of the revision that started later count from 0. */
  readonly deployedAt: number;
  readonly replicas: () => Promise<readonly Replica[]>;
  readonly source: Source;
  readonly edge?: EdgeMeter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The blocks that an earlier process recorded, in order. */
  readonly replay: readonly Block[];
  /** What that process left for the next look. */
  readonly carries: CarryStore;
  /** Called with each new block and awaited before the gate sees it: record it there. */
  readonly onBlock: (block: Block) => Promise<void>;
  /** Called after each decision, also after that on the replayed blocks. */
  readonly onDecision?: (decision: Decision, block: Block | undefined) => void;
}

export interface WatchResult {
  readonly verdict: 'bad' | 'good' | 'undecided';
  readonly at: number;
  readonly reason: string;
  /** One line for each objective. */
  readonly perMetric: readonly string[];
  readonly decision: Decision;
}

/**
 * Watches until the release is shown to be bad or the window ends. Rejects only with the signal's reason or with
 * what the callbacks throw: what cannot be measured is no data, and no data is never good.
 */
export async function watch(watching: Watch): Promise<WatchResult> {
  const { terms, interval, clock, signal, replay } = watching;
  let gate = replay.reduce(observe, openGate(terms.rules));
  let last = replay.at(-1);
  let carry = await carriedFrom(watching, last);
  const first = replay[0];
  const startedAt = first === undefined ? clock.now() : first.at - first.milliseconds;
  const end = startedAt + terms.rules.window;
  watching.onDecision?.(decide(gate), last);
  for (let resumed = last !== undefined; ; resumed = false) {
    signal.throwIfAborted();
    const over = last !== undefined && last.at >= end;
    if (gate.badAt !== undefined || over) return result(watching, gate, last?.at ?? end);
    if (last !== undefined) await clock.wait(untilNext(clock.now(), startedAt, interval), signal);
    const look = await lookOnce(watching, carry, last?.at, resumed);
    // Kept first: killed before the block is logged, the next process finds the one that fits the log's last block.
    await watching.carries.keep(carry === undefined ? [look.carry] : [look.carry, carry]);
    await watching.onBlock(look.block);
    gate = observe(gate, look.block);
    last = look.block;
    carry = look.carry;
    watching.onDecision?.(decide(gate), last);
  }
}

/** What belongs to the last recorded block; without it the next look is only a baseline. */
async function carriedFrom({ carries }: Watch, last: Block | undefined): Promise<Carry | undefined> {
  if (last === undefined) return undefined;
  return (await carries.read()).find(({ at }) => at === last.at);
}

/** Looks keep to the beat that began with the watch; a look that took too long skips beats and leaves a gap. */
function untilNext(now: number, startedAt: number, interval: number): number {
  const beats = Math.floor((now - startedAt) / interval) + 1;
  return Math.max(0, Math.min(interval, startedAt + beats * interval - now));
}

/** What a look needs of a watch; the time before the deployment is looked at in the same way. */
export type Looking = Pick<
  Watch,
  'objectives' | 'interval' | 'revision' | 'deployedAt' | 'replicas' | 'source' | 'edge' | 'clock' | 'signal'
> & { readonly terms: Pick<WatchTerms, 'tails' | 'warmUp'> };

export async function lookOnce(
  looking: Looking,
  previous: Carry | undefined,
  previousAt: number | undefined,
  resumed: boolean,
): Promise<{ readonly block: Block; readonly carry: Carry }> {
  const { objectives, interval, revision, deployedAt, clock, source, signal, terms } = looking;
  const notes: string[] = [];
  const replicas = await attempt(looking, notes, 'the replicas cannot be listed', looking.replicas);
  const watched = (replicas ?? []).filter(({ service }) =>
    objectives.some(({ services }) => services === undefined || services.includes(service)),
  );
  const [samples, edge] = await Promise.all([
    attempt(looking, notes, 'the metrics cannot be read', () => source.look(watched, terms.tails, signal)),
    attempt<EdgeTotals | undefined>(looking, notes, 'the edge cannot be read', async () =>
      looking.edge?.(signal),
    ),
  ]);
  return assemble({
    at: clock.now(),
    previous,
    previousAt,
    resumed,
    interval,
    warmUp: terms.warmUp,
    objectives,
    deployedAt,
    replicas,
    isFresh: (replica) => replica.revision.digest === revision,
    samples: samples ?? [],
    ...(edge === undefined ? {} : { edge }),
    notes,
  });
}

/** The value, or undefined with a note: a broken probe must neither stop the watch nor count as anything. */
async function attempt<Value>(
  { signal }: Looking,
  notes: string[],
  what: string,
  effect: () => Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await effect();
  } catch (error) {
    signal.throwIfAborted();
    notes.push(`${what}: ${explain(error)}`);
    return undefined;
  }
}

function result({ objectives }: Watch, gate: Gate, at: number): WatchResult {
  const decision = decide(gate);
  return {
    verdict: decision.verdict,
    at: gate.badAt ?? at,
    reason: verdictInWords(decision, objectives),
    perMetric: decision.objectives.flatMap((standing, index) => {
      const objective = objectives[index];
      return objective === undefined ? [] : [metricInWords(standing, objective)];
    }),
    decision,
  };
}

import { z } from 'zod';
import { HoldpointError } from '../kernel/errors.ts';

/** What one version counted between two looks. */
export interface Counts {
  readonly trials: number;
  /** Surely bad, such as surely slower than the limit. */
  readonly events: number;
  /** Not surely good: buckets rarely end at the limit. The same as `events` where nothing is in doubt. */
  readonly eventsForGood: number;
  /** Requests slower than each of the durations at which the two versions are compared. */
  readonly tails: readonly number[];
}

export interface CountedObservation {
  readonly kind: 'counted';
  readonly fresh: Counts;
  /** Undefined where no old version serves beside the new one. */
  readonly old: Counts | undefined;
  /** A new replica had only just become ready, so that the old version is no measure of how fast it is. */
  readonly cold?: true;
}

export interface GaugeObservation {
  readonly kind: 'gauge';
  /** Mean of the new version's replicas; of the busiest service, where there are several. Undefined without data. */
  readonly level: number | undefined;
  /** Of a single replica. */
  readonly highest: number | undefined;
}

export interface FreshnessObservation {
  readonly kind: 'freshness';
  /** Milliseconds since it happened last; undefined without data. */
  readonly age: number | undefined;
}

export type Observation = CountedObservation | GaugeObservation | FreshnessObservation;

const hardEvent = z.strictObject({
  kind: z.enum(['crashed', 'oom-killed', 'vanished', 'restarted', 'unready']),
  replica: z.string(),
  service: z.string(),
});
export type HardEvent = z.infer<typeof hardEvent>;

const edgeTotals = z.strictObject({ requests: z.number().nonnegative(), lost: z.number().nonnegative() });

/** What was counted between two looks. It is logged before the gate sees it, and replayed from there. */
export interface Block {
  readonly at: number;
  readonly milliseconds: number;
  /** Looks were missed, so that this block stands for more than one interval. */
  readonly gap: boolean;
  /** Replicas that were asked, and those that answered. */
  readonly asked: number;
  readonly answered: number;
  /** In the order of the rules' objectives. */
  readonly seen: readonly Observation[];
  readonly hard: readonly HardEvent[];
  readonly edge?: EdgeBlock;
  /** What kept something from being measured, for people; each is said once. */
  readonly notes: readonly string[];
}

/** What the edge saw in a block; its totals stand where counting begins. */
export interface EdgeBlock {
  readonly requests: number;
  readonly lost: number;
  readonly totals?: z.infer<typeof edgeTotals>;
}

const count = z.number().nonnegative();
const counted = z.array(z.array(count)).min(1).max(2);
const written = z.strictObject({
  at: z.number(),
  ms: z.number().nonnegative(),
  gap: z.literal(true).optional(),
  asked: count,
  answered: count,
  seen: z.array(
    z.union([
      counted,
      z.strictObject({ cold: counted }),
      z.strictObject({ level: z.number().optional(), highest: z.number().optional() }),
      z.strictObject({ age: z.number().nullable() }),
    ]),
  ),
  hard: z.array(hardEvent).optional(),
  edge: z.strictObject({ requests: count, lost: count, totals: edgeTotals.optional() }).optional(),
  notes: z.array(z.string()).optional(),
});
/** A block as it lies in the log. Counts are lists, since hours of blocks of many objectives have to be kept. */
export type WrittenBlock = z.infer<typeof written>;

export function writeBlock(block: Block): WrittenBlock {
  const { at, milliseconds, gap, asked, answered, seen, hard, edge, notes } = block;
  return {
    at,
    ms: milliseconds,
    ...(gap ? { gap: true as const } : {}),
    asked,
    answered,
    seen: seen.map(writeObservation),
    ...(hard.length === 0 ? {} : { hard: [...hard] }),
    ...(edge === undefined ? {} : { edge }),
    ...(notes.length === 0 ? {} : { notes: [...notes] }),
  };
}

/** A block from the log. Throws `tampered` when it has not the shape that was written. */
export function readBlock(value: unknown): Block {
  const read = written.safeParse(value);
  if (!read.success) {
    throw new HoldpointError('tampered', 'a recorded block of the watch cannot be read', {
      details: [z.prettifyError(read.error)],
      next: 'Run `holdpoint verify` to find where the log was changed.',
    });
  }
  const { at, ms, gap, asked, answered, seen, hard = [], edge, notes = [] } = read.data;
  return {
    at,
    milliseconds: ms,
    gap: gap ?? false,
    asked,
    answered,
    seen: seen.map(readObservation),
    hard,
    ...(edge === undefined ? {} : { edge: edgeOf(edge) }),
    notes,
  };
}

type WrittenObservation = WrittenBlock['seen'][number];

function writeObservation(seen: Observation): WrittenObservation {
  switch (seen.kind) {
    case 'counted': {
      const lists = seen.old === undefined ? [listOf(seen.fresh)] : [listOf(seen.fresh), listOf(seen.old)];
      return seen.cold ? { cold: lists } : lists;
    }
    case 'gauge': {
      const { level, highest } = seen;
      return {
        ...(level === undefined ? {} : { level }),
        ...(highest === undefined ? {} : { highest }),
      };
    }
    case 'freshness':
      return { age: seen.age ?? null };
    default:
      return seen satisfies never;
  }
}

function readObservation(seen: WrittenObservation): Observation {
  if (Array.isArray(seen)) return countedOf(seen);
  if ('cold' in seen) return { ...countedOf(seen.cold), cold: true };
  if ('age' in seen) return { kind: 'freshness', age: seen.age ?? undefined };
  return { kind: 'gauge', level: seen.level, highest: seen.highest };
}

const countedOf = ([fresh = [], old]: readonly (readonly number[])[]): CountedObservation => ({
  kind: 'counted',
  fresh: countsOf(fresh),
  old: old === undefined ? undefined : countsOf(old),
});

const listOf = ({ trials, events, eventsForGood, tails }: Counts): number[] => [
  trials,
  events,
  eventsForGood,
  ...tails,
];

const countsOf = ([trials = 0, events = 0, eventsForGood = 0, ...tails]: readonly number[]): Counts => ({
  trials,
  events,
  eventsForGood,
  tails,
});

const edgeOf = ({ totals, ...counted }: NonNullable<WrittenBlock['edge']>): EdgeBlock =>
  totals === undefined ? counted : { ...counted, totals };

import { z } from 'zod';
import { HoldpointError } from '../kernel/errors.ts';

export type Metric = 'errors' | 'latency' | 'cpu' | 'memory';
export const METRICS: readonly Metric[] = ['errors', 'latency', 'cpu', 'memory'];

const count = z.number().nonnegative();
const instant = z.number();

const counts = z
  .strictObject({ events: count, trials: count })
  .refine(({ events, trials }) => events <= trials, 'more events than trials');

const gauge = z
  .strictObject({ events: count, trials: count, highest: count.optional() })
  .refine(({ events, trials }) => events <= trials, 'more events than trials');

const latency = z
  .strictObject({ above: count, aboveForGood: count, trials: count })
  .refine(({ above, aboveForGood, trials }) => above <= trials && aboveForGood <= trials, {
    message: 'more slow requests than requests',
  });

const total = count.nullable();

/** Counters of one replica since its process started; null where a series could not be read. */
const totals = z.strictObject({
  answered: total,
  failed: total,
  timed: total,
  /** Surely no slower than the smallest bucket edge at or above the limit. */
  within: total,
  /** Surely no slower than the largest bucket edge at or below the limit. */
  withinForGood: total,
  /** Seconds of processor time, divided by the cores that the replica may use. */
  cpu: total,
});

const known = z.strictObject({
  id: z.string(),
  service: z.string(),
  state: z.enum(['starting', 'ready', 'draining', 'dead']),
  startedAt: instant,
  pid: z.number().optional(),
  wasReady: z.boolean(),
  unreadyLooks: count,
  last: z.strictObject({ at: instant, processStart: z.number().nullable(), totals }).optional(),
});

const hardEvent = z.strictObject({
  kind: z.enum(['crashed', 'vanished', 'restarted', 'unready']),
  replica: z.string(),
  service: z.string(),
});

const block = z.strictObject({
  at: instant,
  milliseconds: z.number().nonnegative(),
  /** Looks were missed, so that this block stands for more than one interval. */
  gap: z.literal(true).optional(),
  watched: count,
  answered: count,
  metrics: z.strictObject({ errors: counts, latency, cpu: gauge, memory: gauge }),
  hard: z.array(hardEvent).readonly(),
  /** What the next look compares with, so that a restart neither loses counts nor takes them twice. */
  replicas: z.array(known).readonly(),
  /** What the edge saw in this block, and its totals for the next. */
  edge: z
    .strictObject({
      requests: count,
      lost: count,
      totals: z.strictObject({ requests: count, lost: count }),
    })
    .optional(),
  /** What kept a metric from being measured, for people. */
  notes: z.array(z.string()).readonly(),
});

/** What was counted between two looks. Plain JSON: it is logged before the gate sees it, and replayed from there. */
export type Block = Readonly<z.infer<typeof block>>;
export type BlockMetrics = Block['metrics'];
export type HardEvent = z.infer<typeof hardEvent>;
export type KnownReplica = z.infer<typeof known>;
export type Totals = z.infer<typeof totals>;

/** A block from the log. Throws `tampered` when it has not the shape that was written. */
export function readBlock(value: unknown): Block {
  const read = block.safeParse(value);
  if (read.success) return read.data;
  throw new HoldpointError('tampered', 'a recorded block of the watch cannot be read', {
    details: [z.prettifyError(read.error)],
    next: 'Run `holdpoint verify` to find where the log was changed.',
  });
}

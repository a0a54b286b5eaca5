import { z } from 'zod';
import { readTextIfAny, writeAtomically } from '../system/files.ts';

const total = z.number().nonnegative();
const reading = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('counted'),
    trials: total,
    events: total,
    eventsForGood: total,
    tails: z.array(total).readonly(),
  }),
  z.strictObject({ kind: z.literal('slope'), total }),
  z.strictObject({ kind: z.literal('level'), level: z.number() }),
  z.strictObject({ kind: z.literal('instant'), at: z.number() }),
]);

const remembered = z.strictObject({
  at: z.number(),
  processStart: z.number().nullable(),
  readings: z.record(z.string(), reading),
});

const replica = z.strictObject({
  id: z.string(),
  service: z.string(),
  /** Of the revision that is brought in. */
  fresh: z.boolean(),
  state: z.enum(['starting', 'ready', 'draining', 'dead']),
  startedAt: z.number(),
  pid: z.number().optional(),
  wasReady: z.boolean(),
  unreadyLooks: z.number(),
  /** The look that found it ready first. */
  readyAt: z.number().optional(),
  last: remembered.optional(),
});

const carry = z.strictObject({
  /** Of the block that was made with it. */
  at: z.number(),
  replicas: z.array(replica).readonly(),
  edge: z.strictObject({ requests: total, lost: total }).optional(),
  /** Notes that were already told. */
  said: z.array(z.string()).readonly(),
});

/** What the next look compares with, so that a restart neither loses counts nor takes them twice. */
export type Carry = z.infer<typeof carry>;
export type KnownReplica = z.infer<typeof replica>;
export type Remembered = z.infer<typeof remembered>;

/** Where it is kept between two looks. Its totals are many, and worth nothing once the next look is made. */
export interface CarryStore {
  /** Those that were kept last, newest first; none when they cannot be read. */
  read(): Promise<readonly Carry[]>;
  keep(carries: readonly Carry[]): Promise<void>;
}

/**
 * The last two, since it is kept before its block is logged: whoever is killed in between finds the block of one of
 * them at the end of the log, and goes on from that one.
 */
export function carryFile(path: string): CarryStore {
  return {
    async read() {
      try {
        const parsed = z.array(carry).safeParse(JSON.parse((await readTextIfAny(path)) ?? '[]'));
        return parsed.success ? parsed.data : [];
      } catch (error) {
        // A file that is torn or not ours costs the counts of one look, and must not cost the watch.
        if (error instanceof SyntaxError) return [];
        throw error;
      }
    },
    keep: (carries) => writeAtomically(path, JSON.stringify(carries)),
  };
}

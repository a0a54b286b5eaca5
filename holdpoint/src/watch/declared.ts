import { z } from 'zod';

const series = z.object({ text: z.string() });

/**
 * What words need of a service level: what it is, and what is allowed of it. It is kept with the terms, since the gate's
 * rules only know that 5 % may be slow, and a report must say how slow that is. Every `Objective` is one.
 */
export const declared = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['errors', 'lost']), id: z.string(), allowed: z.number() }),
  z.object({ kind: z.literal('pair'), id: z.string(), allowed: z.number(), bad: series }),
  /** Milliseconds. */
  z.object({ kind: z.literal('latency'), id: z.string(), quantile: z.number(), limit: z.number() }),
  z.object({ kind: z.enum(['cpu', 'memory']), id: z.string(), limit: z.number() }),
  z.object({ kind: z.literal('level'), id: z.string(), limit: z.number(), series }),
  /** Milliseconds. */
  z.object({ kind: z.literal('freshness'), id: z.string(), limit: z.number() }),
]);
export type Declared = Readonly<z.infer<typeof declared>>;

/** What of it is written down. */
export const writtenLevel = (objective: Declared): Declared => declared.parse(objective);

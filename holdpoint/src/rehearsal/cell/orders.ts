import { z } from 'zod';

/** What is asked of the program inside a cell: one JSON object a line, on its standard input. */
export const order = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('start'),
    id: z.int(),
    service: z.string(),
    program: z.string(),
    args: z.array(z.string()),
    cwd: z.string(),
    environment: z.record(z.string(), z.string()),
    log: z.string(),
  }),
  z.strictObject({ do: z.literal('look'), id: z.int(), service: z.string() }),
  /** Connections to the unix socket `from` go on to this port of the cell. */
  z.strictObject({ do: z.literal('reach'), id: z.int(), from: z.string(), port: z.int() }),
  /** Connections to this port of the cell go on to the unix socket `to`. */
  z.strictObject({ do: z.literal('offer'), id: z.int(), port: z.int(), to: z.string() }),
  /** SIGTERM to every service, and SIGKILL to what is left after so many milliseconds. */
  z.strictObject({ do: z.literal('stop'), id: z.int(), within: z.int() }),
]);
export type Order = z.output<typeof order>;
/** An order as callers give it; its number is added on the way. */
export type Unnumbered = Order extends infer One ? (One extends Order ? Omit<One, 'id'> : never) : never;

/** One line of its standard output for each order, in any order of time. */
export const answer = z.union([
  z.strictObject({ id: z.int(), alive: z.boolean() }),
  z.strictObject({ id: z.int(), failed: z.string() }),
]);
export type Answer = z.output<typeof answer>;

/** The variable that every process of a cell carries, with the cell's folder as its value. */
export const CELL_VARIABLE = 'HOLDPOINT_CELL';

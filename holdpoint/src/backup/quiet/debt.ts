import { z } from 'zod';

const path = z.string().startsWith('/');

const debt = z.strictObject({
  version: z.literal(1),
  /** Milliseconds since the Unix epoch. */
  at: z.int(),
  /** For people: `backup of the volume uploads`. */
  why: z.string(),
  owner: z.strictObject({ host: z.string(), pid: z.int(), startTicks: z.number() }),
  /** They ran before, and have to run again, in this order. */
  containers: z.array(
    z.strictObject({ id: z.string().min(1), name: z.string(), how: z.enum(['stop', 'pause']) }),
  ),
  /** Undone before any container starts: whatever lies at `from` goes to `to`, if nothing is there. */
  moves: z.array(z.strictObject({ from: path, to: path })),
});

/** What must be made good again, written to the disk before anything is stopped. */
export type Debt = z.output<typeof debt>;
export type Owed = Pick<Debt, 'at' | 'why' | 'containers' | 'moves'>;

export const writeDebt = (content: Debt): string => `${JSON.stringify(content, null, 1)}\n`;

/** Undefined for what is no debt of ours. */
export function readDebt(text: string): Debt | undefined {
  try {
    return debt.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

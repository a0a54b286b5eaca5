import { z } from 'zod';
import { HoldpointError } from '../kernel/errors.ts';
import type { Evidence } from '../kernel/verdict.ts';
import type { Rehearsal } from '../rehearsal/rehearsal.ts';
import { evidenceSchema, writtenTables } from './events.ts';

const reasons = z.array(z.string());

const schema = z.object({
  evidence: evidenceSchema.transform((evidence) => evidence as Evidence),
  wayBack: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('code-only'), reasons }),
    z.object({ kind: z.literal('database'), by: z.enum(['down', 'restore']), reasons }),
    z.object({ kind: z.literal('none'), reasons }),
  ]),
  ownWrites: writtenTables.optional(),
});

/** A rehearsal as its step has recorded it. Throws `tampered` when it is none. */
export function readRehearsal(result: unknown): Rehearsal {
  const read = schema.safeParse(result);
  if (read.success) {
    const { ownWrites, ...rest } = read.data;
    return { ...rest, ...(ownWrites === undefined ? {} : { ownWrites }) };
  }
  throw new HoldpointError('tampered', 'the log does not say what the rehearsal has shown', {
    cause: read.error,
    next: 'Run `holdpoint verify`, and begin a new release.',
  });
}

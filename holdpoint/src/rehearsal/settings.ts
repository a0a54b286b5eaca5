import { z } from 'zod';
import { duration } from '../kernel/settings.ts';

/** The block `database.rehearsal:` of the specification. */
export const rehearsalSettings = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .meta({ description: 'Without it no way back is proven, and a named person has to answer for that' }),
  services: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .meta({ description: 'Services that are started on the copy; all when left out' }),
  entry: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'The service that journeys talk to; the first that is routed when left out' }),
  journeys: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .meta({ description: 'Journeys that are run there, by id; all when left out' }),
  isolation: z.enum(['required', 'preferred']).default('required').meta({
    description:
      'Whether versions may be tried where they cannot be cut off from the network (bubblewrap is missing)',
  }),
  environment: z
    .record(z.string(), z.string())
    .default({})
    .meta({ description: 'Variables that differ from the declared ones on the copy' }),
  limits: z
    .strictObject({
      duration: duration.prefault('10m').meta({ description: 'Of the migration on the copy' }),
      lock: duration
        .prefault('5s')
        .meta({ description: 'How long it may hold a lock that keeps others from writing to a table' }),
    })
    .prefault({}),
});

export type RehearsalSettings = z.output<typeof rehearsalSettings>;

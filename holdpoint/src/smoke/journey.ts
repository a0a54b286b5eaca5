import { z } from 'zod';
import { duration } from '../kernel/settings.ts';
import { referenceProblems } from './references.ts';
import { step } from './step.ts';

/** A user's way through the system, as data: what to ask, what must come back, and what to remember of it. */
export const journeySchema = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/, 'expected lower-case words joined by dots or hyphens')
      .meta({ examples: ['smoke.login'] }),
    title: z.string().min(1),
    /** For the whole journey, clearing up not counted. */
    limit: duration.default(120_000),
    /** Whether a failed journey gets a second attempt; the report says when it needed one. */
    retries: z.union([z.literal(0), z.literal(1)]).default(0),
    variables: z.record(z.string().regex(/^[\w-]+$/), z.json()).optional(),
    steps: z.array(step).min(1),
  })
  .superRefine((journey, context) => {
    if (journey.steps.every(({ always }) => always)) {
      context.addIssue({
        code: 'custom',
        path: ['steps'],
        message: 'expected a step that does not only clear up',
      });
    }
    for (const { path, message } of referenceProblems(journey)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  })
  .meta({ title: 'Holdpoint user journey' });

/** A journey as read, with the file that its relative paths start from. */
export type Journey = z.output<typeof journeySchema> & { readonly file: string };

/** The published JSON Schema of a journey file. */
export function journeyJsonSchema(): unknown {
  return z.toJSONSchema(journeySchema, { io: 'input', unrepresentable: 'any' });
}

import { z } from 'zod';

const httpUrl = z.url({ protocol: /^https?$/, error: 'expected an http or https address' });

const notifier = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('file'),
    /** Gets one JSON object a line; relative to the specification. */
    path: z.string().min(1),
  }),
  z.strictObject({
    kind: z.literal('webhook'),
    url: httpUrl,
    /** Signs each message; the receiver computes the same and compares. */
    secret: z.string().min(1).optional(),
  }),
]);

/** `notify:` of the specification: who is told. */
export const notifySettings = z.array(notifier);

export type NotifySettings = z.output<typeof notifySettings>;

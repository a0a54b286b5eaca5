import { z } from 'zod';
import { duration } from '../kernel/settings.ts';
import { expectation, matcher } from './expectation.ts';

const path = z
  .string()
  .regex(/^(\/|\{\{)/, "expected a path that begins with '/'")
  .meta({ examples: ['/api/tools', '/api/tools/{{tool}}'] });

const texts = z.record(z.string(), z.string());

const upload = z
  .strictObject({
    content: z.string().optional(),
    file: z.string().optional().meta({ description: 'Path relative to the journey' }),
    name: z.string().optional(),
    type: z.string().optional(),
  })
  .refine(
    (part) => (part.content === undefined) !== (part.file === undefined),
    "expected either 'content' or 'file'",
  );

const request = z
  .strictObject({
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET'),
    path,
    headers: texts.optional(),
    json: z.json().optional(),
    form: texts.optional(),
    multipart: z.record(z.string(), z.union([z.string(), upload])).optional(),
    text: z.string().optional(),
  })
  .refine(
    ({ json, form, multipart, text }) =>
      [json, form, multipart, text].filter((body) => body !== undefined).length < 2,
    'expected at most one of json, form, multipart, text',
  );

const source = z
  .string()
  .regex(
    /^(status|body|header\.[\w-]+|json(\.[\w-]+|\[\d+\])*)$/,
    "expected 'json.path', 'header.name', 'body' or 'status'",
  )
  .meta({ examples: ['json.token', 'json.items[0].id', 'header.location'] });

const capture = z.union([
  source,
  z.strictObject({
    from: source,
    /** The first group of this pattern is the value. */
    matches: z.string().optional(),
    /** Masked in every report; values whose names say password, token, secret, key, cookie or session always are. */
    secret: z.boolean().optional(),
  }),
]);

/** One step does one thing: a request, opening a stream, sending on it, or awaiting an event of it. */
export const step = z
  .strictObject({
    name: z.string().min(1),
    request: request.optional(),
    open: z
      .strictObject({
        stream: z.string().min(1),
        kind: z.enum(['sse', 'websocket']),
        path,
        headers: texts.optional(),
        within: duration.default(10_000),
      })
      .optional(),
    send: z
      .strictObject({ stream: z.string(), json: z.json().optional(), text: z.string().optional() })
      .optional(),
    event: z
      .strictObject({
        stream: z.string(),
        type: z.string().optional().meta({ description: "The event's name, for server-sent events" }),
        data: matcher
          .optional()
          .meta({ description: 'What its data must be: JSON if it is JSON, else text' }),
        within: duration.default(10_000),
      })
      .optional(),
    expect: expectation.optional(),
    capture: z.record(z.string().regex(/^[\w-]+$/), capture).optional(),
    /** Asks again until `expect` holds; gives up at once when `unless` does. */
    waitFor: z
      .strictObject({
        limit: duration.default(30_000),
        interval: duration.default(250),
        unless: expectation.optional(),
      })
      .optional(),
    /** Asks up to `times`, `atOnce` side by side, until one answer is `until`; all others must be `expect`. */
    repeat: z
      .strictObject({
        times: z.int().min(1).max(10_000),
        atOnce: z.int().min(1).max(100).default(1),
        until: expectation.optional(),
      })
      .optional(),
    /** Clears up: runs also after a failure. */
    always: z.boolean().default(false),
  })
  .superRefine((value, context) => {
    const kinds = (['request', 'open', 'send', 'event'] as const).filter((kind) => value[kind] !== undefined);
    if (kinds.length !== 1) {
      context.addIssue({ code: 'custom', message: 'expected exactly one of request, open, send, event' });
    }
    for (const key of ['expect', 'waitFor', 'repeat'] as const) {
      if (value[key] !== undefined && value.request === undefined) {
        context.addIssue({ code: 'custom', path: [key], message: 'belongs to a request' });
      }
    }
    if (value.capture !== undefined && value.request === undefined && value.event === undefined) {
      context.addIssue({ code: 'custom', path: ['capture'], message: 'belongs to a request or an event' });
    }
    if (value.waitFor !== undefined && value.repeat !== undefined) {
      context.addIssue({ code: 'custom', path: ['repeat'], message: "cannot stand beside 'waitFor'" });
    }
  });

export type Step = z.output<typeof step>;
export type StepRequest = z.output<typeof request>;

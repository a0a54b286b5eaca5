import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { duration } from '../../kernel/settings.ts';
import { type JsonFields, KNOWN_FIELDS } from './access-log/line.ts';
import { parseSelector } from './selector.ts';

const httpUrl = z.url({ protocol: /^https?$/, error: 'expected an http or https address' });
const label = z.string().regex(/^[A-Za-z_]\w*$/, 'is no name of a label');

const matchers = z.string().superRefine((text, context) => {
  try {
    parseSelector(`series{${text}}`);
  } catch (error) {
    if (!(error instanceof HoldpointError)) throw error;
    context.addIssue({ code: 'custom', message: 'are no matchers of labels such as \'job="shop"\'' });
  }
});

const scrape = z.strictObject({ kind: z.literal('scrape') });

const prometheus = z.strictObject({
  kind: z.literal('prometheus'),
  url: httpUrl.describe('Address of the server, with its path prefix if it has one'),
  selector: matchers
    .optional()
    .describe('Matchers that single out the series of this system')
    .meta({ examples: ['job="shop"'] }),
  replicaLabel: label
    .default('instance')
    .describe('Label that holds the address of a replica, as host:port, or its name'),
  lookback: duration
    .prefault('1m')
    .refine((milliseconds) => milliseconds >= 1_000, 'must be at least 1s')
    .describe('Age at which a sample is no data any more; at least twice the interval of the scrapes'),
  token: z.string().min(1).optional().describe('Bearer token'),
  headers: z.record(z.string(), z.string()).optional(),
});

/** `watch.source` of the specification: where the numbers come from. */
export const sourceSettings = z.discriminatedUnion('kind', [scrape, prometheus]);
export type SourceSettings = z.output<typeof sourceSettings>;

const field = z.string().min(1).optional();

/** `watch.accessLog` of the specification: requests are counted where the edge logs them. */
export const accessLogSettings = z.strictObject({
  path: z.string().min(1).describe('The log that the edge writes; relative to the specification'),
  format: z
    .enum(['json', 'combined'])
    .default('json')
    .describe(
      'One JSON object a line, or combined as nginx writes it, with the time and the upstream behind it',
    ),
  fields: z
    .strictObject({ status: field, seconds: field, milliseconds: field, upstream: field, path: field })
    .prefault({})
    .describe('Names of the fields of a JSON line, where they are not the usual ones'),
  except: z
    .array(z.string().startsWith('/'))
    .default([])
    .describe('Paths that are not counted, such as event streams, which last as long as somebody listens'),
});
export type AccessLogDeclaration = z.output<typeof accessLogSettings>;

/** What a field is called; the usual names where none is declared. */
export function fieldsOf({ fields }: Pick<AccessLogDeclaration, 'fields'>): JsonFields {
  const named = (one: keyof JsonFields) => (fields[one] === undefined ? KNOWN_FIELDS[one] : [fields[one]]);
  return {
    status: named('status'),
    seconds: named('seconds'),
    milliseconds: named('milliseconds'),
    upstream: named('upstream'),
    path: named('path'),
  };
}

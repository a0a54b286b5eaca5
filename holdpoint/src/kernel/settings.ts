import { z } from 'zod';
import { parseDuration, parseOffset } from './durations.ts';
import { HoldpointError } from './errors.ts';
import { parseBytes, parseShare } from './quantities.ts';

/** A string of the specification that is read by `parse`; its complaint becomes the schema's. */
function written<Value>(parse: (text: string) => Value, description: string, examples: readonly string[]) {
  return z
    .union([z.string(), z.number().transform(String)])
    .meta({ description, examples: [...examples] })
    .transform((text, context): Value => {
      try {
        return parse(text);
      } catch (error) {
        if (!(error instanceof HoldpointError)) throw error;
        context.addIssue({ code: 'custom', message: [error.message, error.next].filter(Boolean).join('. ') });
        return z.NEVER;
      }
    });
}

/** Settings' words for quantities; each yields milliseconds, bytes or a share between 0 and 1. */
export const duration = written(parseDuration, 'A duration', ['30s', '15m', '2h']);
export const offset = written(parseOffset, 'A time relative to the start of the deployment', [
  'T-1d',
  'T',
  'T+15m',
]);
export const bytes = written(parseBytes, 'A size', ['200MB', '2GiB']);
export const share = written(parseShare, 'A share', ['1%', '0.01']);

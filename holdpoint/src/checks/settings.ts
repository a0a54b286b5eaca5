import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { HoldpointError } from '../kernel/errors.ts';
import type { CheckId } from '../kernel/ids.ts';
import { nearest } from '../kernel/nearest.ts';
import type { Subject } from './check.ts';

/** An item's comment writes `max-age`, the specification `maxAge`. */
const camelCase = (key: string): string =>
  key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The settings of a check by its own schema. Throws `configuration` that names every mistake. */
export function readSettings<Schema extends z.ZodType>(
  subject: Pick<Subject, 'settings'>,
  check: CheckId,
  schema: Schema,
): z.output<Schema> {
  const written = Object.entries(subject.settings(check));
  const parsed = schema.safeParse(Object.fromEntries(written.map(([key, value]) => [camelCase(key), value])));
  if (parsed.success) return parsed.data;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  const mistakes = parsed.error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      return [`${[check, ...issue.path].join('.')}: ${issue.message}`];
    }
    return issue.keys.map((key) => {
      const meant = nearest(key, known);
      return `${check}: '${key}' is not a setting${meant === undefined ? '' : `; did you mean '${meant}'?`}`;
    });
  });
  throw new HoldpointError('configuration', mistakes.join('; '), {
    details: mistakes,
    next: `Mend the settings of ${check} under 'checks' in the specification, or in the item's comment.`,
  });
}

/** A path of the settings, from the folder of the specification, `{version}` filled in. */
export function pathOf(subject: Pick<Subject, 'folder' | 'version'>, written: string): string {
  const path = written.replaceAll('{version}', subject.version);
  return isAbsolute(path) ? path : join(subject.folder, path);
}

/** One word or a list of words. */
export const words = z
  .union([z.string(), z.array(z.string())])
  .transform((value): readonly string[] => (typeof value === 'string' ? [value] : value));

/** An instant with its time zone, as milliseconds since the epoch. */
export const instant = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .transform((text) => Date.parse(text));

/** A finding that a named person accepts until a day, after which it counts again. */
export const waiver = z.strictObject({
  id: z.string().min(1),
  by: z.string().min(1),
  reason: z.string().min(1),
  until: instant,
});
export type Waiver = z.output<typeof waiver>;

/** The waiver of an id that is still in force; an expired one waives nothing. */
export function waiverFor(waivers: readonly Waiver[], id: string, now: number): Waiver | undefined {
  return waivers.find((one) => one.id === id && one.until > now);
}

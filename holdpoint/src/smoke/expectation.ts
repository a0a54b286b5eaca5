import { z } from 'zod';
import type { Json } from '../kernel/canonical.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { nearest } from '../kernel/nearest.ts';
import { duration } from '../kernel/settings.ts';
import { OPERATOR_NAMES, pattern, TYPE_NAMES } from './matching.ts';
import { isList } from './placeholders.ts';

const statusCode = z.int().min(100).max(599);

const status = z
  .union([statusCode, z.array(statusCode).min(1), z.string().regex(/^[1-5]xx$/)])
  .meta({ description: 'A status, a list of them, or a class', examples: [200, [200, 201], '2xx'] });

/** Any JSON value, in which `{$matches: …}` and its like are checked for sense. */
export const matcher = z.json().superRefine((value, context) => {
  for (const problem of problemsOf(value, [])) {
    context.addIssue({ code: 'custom', path: [...problem.path], message: problem.message });
  }
});

/** What an answer must be. Everything named must hold; without `status`, any 2xx is expected. */
export const expectation = z.strictObject({
  status: status.optional(),
  headers: z.record(z.string(), matcher).optional(),
  json: matcher.optional(),
  body: z
    .strictObject({
      contains: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
      matches: z.string().optional(),
    })
    .superRefine((body, context) => {
      const message = body.matches === undefined ? undefined : patternProblem(body.matches);
      if (message !== undefined) context.addIssue({ code: 'custom', path: ['matches'], message });
    })
    .optional(),
  within: duration.optional(),
});

export type Expectation = z.output<typeof expectation>;

interface Problem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function problemsOf(value: Json, path: readonly (string | number)[]): readonly Problem[] {
  if (isList(value)) return value.flatMap((inner, index) => problemsOf(inner, [...path, index]));
  if (value === null || typeof value !== 'object') return [];
  const keys = Object.keys(value);
  const operators = keys.filter((key) => key.startsWith('$'));
  const mixed: readonly Problem[] =
    operators.length > 0 && operators.length < keys.length
      ? [{ path, message: `matchers (${operators.join(', ')}) cannot stand beside plain keys` }]
      : [];
  return [
    ...mixed,
    ...Object.entries(value).flatMap(([key, inner]) => {
      if (inner === undefined) return [];
      const here = [...path, key];
      const message = key.startsWith('$') ? operandProblem(key, inner) : undefined;
      return message === undefined ? problemsOf(inner, here) : [{ path: here, message }];
    }),
  ];
}

function operandProblem(name: string, operand: Json): string | undefined {
  switch (name) {
    case '$matches':
      return typeof operand === 'string' ? patternProblem(operand) : 'expected a regular expression as text';
    case '$type': {
      const known: readonly Json[] = TYPE_NAMES;
      return known.includes(operand) ? undefined : `expected one of ${TYPE_NAMES.join(', ')}`;
    }
    case '$exists':
      return typeof operand === 'boolean' ? undefined : 'expected true or false';
    case '$oneOf':
      return isList(operand) && operand.length > 0 ? undefined : 'expected a list';
    case '$atLeast':
    case '$atMost':
      return ['number', 'string'].includes(typeof operand) ? undefined : 'expected a number';
    default: {
      const known: readonly string[] = OPERATOR_NAMES;
      if (known.includes(name)) return undefined;
      const close = nearest(name, known);
      return `'${name}' is not a matcher${close === undefined ? ` (${known.join(', ')})` : `; did you mean '${close}'?`}`;
    }
  }
}

/** What is wrong with a pattern, once its placeholders are taken for plain words. */
function patternProblem(text: string): string | undefined {
  try {
    pattern(text.replace(/\{\{[^{}]*\}\}/g, 'x'));
    return undefined;
  } catch (error) {
    return error instanceof HoldpointError ? error.message : String(error);
  }
}

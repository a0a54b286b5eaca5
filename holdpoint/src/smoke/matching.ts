import type { Json } from '../kernel/canonical.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { isList } from './placeholders.ts';

/** One difference between what was expected and what was measured, both for people. */
export interface Mismatch {
  readonly path: string;
  readonly expected: string;
  readonly measured: string;
}

type Measured = Json | undefined;
type Operator = (operand: Json, measured: Measured, path: string) => boolean;

/**
 * Compares by what is expected: objects may have more keys than named, lists must agree in length and order,
 * `{$operator: …}` objects say more. An empty list means that everything agrees.
 */
export function differences(expected: Json, measured: Measured, path: string): readonly Mismatch[] {
  const operators = operatorsOf(expected);
  if (operators !== undefined) {
    return operators
      .filter(([name, operand]) => !OPERATORS[name](operand, measured, path))
      .map(([name, operand]) => ({
        path,
        expected: `${name.slice(1)} ${show(operand)}`,
        measured: show(measured),
      }));
  }
  if (isList(expected)) {
    if (!isList(measured) || measured.length !== expected.length) {
      return [{ path, expected: `a list of ${expected.length}`, measured: show(measured) }];
    }
    return expected.flatMap((inner, index) => differences(inner, measured[index], `${path}[${index}]`));
  }
  if (expected !== null && typeof expected === 'object') {
    if (measured === null || typeof measured !== 'object' || isList(measured)) {
      return [{ path, expected: 'an object', measured: show(measured) }];
    }
    return Object.entries(expected).flatMap(([key, inner]) =>
      inner === undefined
        ? []
        : differences(inner, Object.hasOwn(measured, key) ? measured[key] : undefined, `${path}.${key}`),
    );
  }
  return expected === measured ? [] : [{ path, expected: show(expected), measured: show(measured) }];
}

const agrees = (expected: Json, measured: Measured, path: string): boolean =>
  differences(expected, measured, path).length === 0;

const OPERATORS = {
  $type: (operand, measured) =>
    operand === typeOf(measured) || (operand === 'number' && typeOf(measured) === 'integer'),
  $matches: (operand, measured) =>
    (typeof measured === 'string' || typeof measured === 'number') &&
    pattern(String(operand)).test(String(measured)),
  $exists: (operand, measured) => operand === (measured !== undefined),
  $contains: (operand, measured, path) =>
    typeof measured === 'string'
      ? typeof operand === 'string' && measured.includes(operand)
      : isList(measured) && measured.some((inner) => agrees(operand, inner, path)),
  $oneOf: (operand, measured, path) =>
    isList(operand) && operand.some((inner) => agrees(inner, measured, path)),
  $not: (operand, measured, path) => !agrees(operand, measured, path),
  $atLeast: (operand, measured) => asNumber(measured) >= asNumber(operand),
  $atMost: (operand, measured) => asNumber(measured) <= asNumber(operand),
  $length: (operand, measured, path) =>
    (typeof measured === 'string' || isList(measured)) && agrees(operand, measured.length, path),
} satisfies Record<string, Operator>;

type OperatorName = keyof typeof OPERATORS;

export const OPERATOR_NAMES = Object.keys(OPERATORS) as readonly OperatorName[];
export const TYPE_NAMES = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'] as const;

/** The pairs of an operator object, or undefined for a plain value. */
function operatorsOf(value: Json): readonly (readonly [OperatorName, Json])[] | undefined {
  if (value === null || typeof value !== 'object' || isList(value)) return undefined;
  const entries = Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  if (entries.length === 0 || !entries.every(([key]) => key.startsWith('$'))) return undefined;
  return entries.map(([key, operand]) => {
    if (!Object.hasOwn(OPERATORS, key))
      throw new HoldpointError('configuration', `'${key}' is not a matcher`);
    return [key as OperatorName, operand] as const;
  });
}

/** Throws `configuration` on what is no regular expression. */
export function pattern(text: string): RegExp {
  try {
    return new RegExp(text, 's');
  } catch (error) {
    throw new HoldpointError('configuration', `'${text}' is not a regular expression`, { cause: error });
  }
}

function typeOf(measured: Measured): string {
  if (measured === null) return 'null';
  if (isList(measured)) return 'array';
  return Number.isInteger(measured) ? 'integer' : typeof measured;
}

/** Headers carry numbers as text; anything else is no number and compares as false. */
function asNumber(value: Measured): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

/** A value in at most 120 characters; a nesting too deep to write down is named as such. */
export function show(value: Measured): string {
  if (value === undefined) return 'nothing';
  try {
    const text = JSON.stringify(value);
    return text.length > 120 ? `${text.slice(0, 117)}…` : text;
  } catch {
    return 'a value nested too deeply to show';
  }
}

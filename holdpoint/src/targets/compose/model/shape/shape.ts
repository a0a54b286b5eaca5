import { nearest } from '../../../../kernel/nearest.ts';
import { type Data, isList, isMap, mapOf, type Path } from '../data.ts';

/** What a shape needs to know beside the value. */
export interface ShapeContext {
  readonly complain: (path: Path, message: string) => void;
  /** Makes a path of the host absolute. */
  readonly absolute: (path: string) => string;
}

/** Checks a value and gives it in its long form; what is wrong is complained about, and given back as it is. */
export type Shape = (value: Data, path: Path, context: ShapeContext) => Data;

/** `services.web.ports[0]`, for people. */
export const nameOf = (path: Path): string =>
  path.length === 0
    ? 'the file'
    : path
        .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
        .join('');

/** `a list`, `a map`, `the number 5`. */
export function kindOf(value: Data): string {
  if (value === null) return 'nothing';
  if (isList(value)) return 'a list';
  if (isMap(value)) return 'a map';
  if (typeof value === 'string') return `the text '${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  return typeof value === 'boolean' ? String(value) : `the number ${value}`;
}

const wrong = (value: Data, path: Path, { complain }: ShapeContext, expected: string): Data => {
  complain(path, `${nameOf(path)} must be ${expected}, not ${kindOf(value)}`);
  return value;
};

export const anything: Shape = (value) => value;

export const text: Shape = (value, path, context) =>
  typeof value === 'string'
    ? value
    : wrong(value, path, context, typeof value === 'object' ? 'text' : 'text (write it in quotes)');

/** Text of one of these words. */
export const word =
  (...words: readonly string[]): Shape =>
  (value, path, context) => {
    if (typeof value === 'string' && words.includes(value)) return value;
    const meant = typeof value === 'string' ? nearest(value, words) : undefined;
    const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
    context.complain(path, `${nameOf(path)} must be one of ${words.join(', ')}, not ${kindOf(value)}${hint}`);
    return value;
  };

/** Text that passes a test; anything else is complained about with `expected`. */
export const textLike =
  (passes: (text: string) => boolean, expected: string): Shape =>
  (value, path, context) =>
    typeof value === 'string' && passes(value) ? value : wrong(value, path, context, expected);

/** Text, or a number that is meant as such. */
export const words: Shape = (value, path, context) =>
  typeof value === 'object' || typeof value === 'boolean'
    ? wrong(value, path, context, 'text')
    : String(value);

/** As `words`, with true and false. */
export const scalar: Shape = (value, path, context) =>
  typeof value === 'object' ? wrong(value, path, context, 'text or a number') : String(value);

export const whole: Shape = (value, path, context) => {
  const number = typeof value === 'string' && /^[-+]?\d+$/.test(value.trim()) ? Number(value) : value;
  return Number.isInteger(number) ? number : wrong(value, path, context, 'a whole number');
};

export const between =
  (least: number, most: number): Shape =>
  (value, path, context) => {
    const number = whole(value, path, context);
    if (typeof number === 'number' && (number < least || number > most)) {
      return wrong(value, path, context, `between ${least} and ${most}`);
    }
    return number;
  };

export const number: Shape = (value, path, context) => {
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof found === 'number' && Number.isFinite(found)
    ? found
    : wrong(value, path, context, 'a number');
};

const TRUTH: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  y: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  n: false,
  '0': false,
};

export const truth: Shape = (value, path, context) => {
  const found = typeof value === 'string' ? TRUTH[value.toLowerCase()] : value;
  return typeof found === 'boolean' ? found : wrong(value, path, context, 'true or false');
};

/** Nothing at all is fine too, and stays. */
export const orNothing =
  (shape: Shape): Shape =>
  (value, path, context) =>
    value === null ? null : shape(value, path, context);

export const list =
  (entry: Shape): Shape =>
  (value, path, context) =>
    isList(value)
      ? value.map((item, index) => entry(item, [...path, index], context))
      : wrong(value, path, context, 'a list');

/** A list whose entries may each stand for several. */
export const spread =
  (entry: (value: Data, path: Path, context: ShapeContext) => readonly Data[]): Shape =>
  (value, path, context) =>
    isList(value)
      ? value.flatMap((item, index) => entry(item, [...path, index], context))
      : wrong(value, path, context, 'a list');

/** A list, or one entry without the list around it. */
export const oneOrMore =
  (entry: Shape): Shape =>
  (value, path, context) =>
    isList(value) ? list(entry)(value, path, context) : [entry(value, path, context)];

export const map =
  (entry: Shape): Shape =>
  (value, path, context) =>
    isMap(value)
      ? mapOf(Object.entries(value).map(([key, inner]) => [key, entry(inner, [...path, key], context)]))
      : wrong(value, path, context, 'a map');

/** A map with these keys only; keys that begin with `x-` are the user's own. */
export const record =
  (keys: Readonly<Record<string, Shape>>, required: readonly string[] = []): Shape =>
  (value, path, context) => {
    if (!isMap(value)) return wrong(value, path, context, 'a map');
    for (const key of required) {
      if (!Object.hasOwn(value, key)) context.complain(path, `${nameOf([...path, key])} is missing`);
    }
    return mapOf(
      Object.entries(value).map(([key, inner]) => {
        const shape = Object.hasOwn(keys, key) ? keys[key] : undefined;
        if (shape !== undefined) return [key, shape(inner, [...path, key], context)];
        if (!key.startsWith('x-')) {
          const meant = nearest(key, Object.keys(keys));
          const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
          context.complain([...path, key], `'${key}' is not a setting of ${nameOf(path)}${hint}`);
        }
        return [key, inner];
      }),
    );
  };

/** A map, or another form that `long` turns into one before it is checked. */
export const orShort =
  (shape: Shape, long: (value: Data) => Data | undefined): Shape =>
  (value, path, context) =>
    shape(isMap(value) ? value : (long(value) ?? value), path, context);

/** `NAME: value` as a map, or as a list of `NAME=value`; a name alone stands for `bare`. */
export const pairs =
  (bare: string | null, separators: RegExp = /=/): Shape =>
  (value, path, context) => {
    if (isMap(value)) {
      return map((inner, at) => (inner === null ? bare : scalar(inner, at, context)))(value, path, context);
    }
    if (!isList(value)) return wrong(value, path, context, 'a map, or a list of NAME=value');
    return mapOf(
      value.map((item, index) => {
        const line = words(item, [...path, index], context);
        const entry = typeof line === 'string' ? line : '';
        const at = entry.search(separators);
        return at < 0 ? [entry, bare] : [entry.slice(0, at), entry.slice(at + 1)];
      }),
    );
  };

/** Names in a list, or a map from names to what is said of each; `bare` is what a name alone stands for. */
export const named =
  (entry: Shape, bare: Data): Shape =>
  (value, path, context) => {
    if (isMap(value)) return map(entry)(value, path, context);
    if (!isList(value)) return wrong(value, path, context, 'a list of names, or a map');
    return mapOf(value.map((item, index) => [String(text(item, [...path, index], context)), bare]));
  };

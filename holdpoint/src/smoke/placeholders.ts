import type { Json } from '../kernel/canonical.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { nearest } from '../kernel/nearest.ts';

/** Values by the name that a journey uses: variables, captures, `unique` and `env.NAME`. */
export type Values = ReadonlyMap<string, Json>;

const PLACEHOLDER = /\{\{\s*([^{}\s]+)\s*\}\}/g;
const ALONE = /^\{\{\s*([^{}\s]+)\s*\}\}$/;

/** Every name that `{{name}}` refers to, anywhere in a value, keys included; each once. */
export function placeholdersIn(value: Json | undefined): readonly string[] {
  const names = new Set<string>();
  const visit = (at: Json | undefined): void => {
    if (typeof at === 'string') for (const [, name] of at.matchAll(PLACEHOLDER)) names.add(name ?? '');
    else if (isList(at)) at.forEach(visit);
    else if (at !== null && typeof at === 'object') {
      for (const [key, inner] of Object.entries(at)) {
        visit(key);
        visit(inner);
      }
    }
  };
  visit(value);
  return [...names];
}

/**
 * The value with its placeholders filled in. A string that is one placeholder and nothing else takes the value with
 * its type, so that a captured number is sent as a number; inside other text the value is written out.
 * Throws `configuration` on a name that has no value.
 */
export function fillIn(value: Json, values: Values): Json {
  if (typeof value === 'string') {
    const alone = ALONE.exec(value)?.[1];
    return alone === undefined ? fillInText(value, values) : lookUp(alone, values);
  }
  if (isList(value)) return value.map((inner) => fillIn(inner, values));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      fillInText(key, values),
      inner === undefined
        ? inner
        : key === '$matches' && typeof inner === 'string'
          ? fillInText(inner, values, escapeForPattern)
          : fillIn(inner, values),
    ]),
  );
}

/** As `fillIn` for what must be text; `encode` treats each value before it is put in. */
export function fillInText(
  text: string,
  values: Values,
  encode: (text: string) => string = (plain) => plain,
): string {
  return text.replace(PLACEHOLDER, (_whole, name: string) => encode(asText(lookUp(name, values))));
}

/** A path: values inside it are percent-encoded, a path that is one placeholder (a captured location) is taken as it is. */
export function fillInPath(path: string, values: Values): string {
  const alone = ALONE.exec(path)?.[1];
  if (alone !== undefined) return asText(lookUp(alone, values));
  return fillInText(path, values, (text) => encodeURIComponent(text.toWellFormed()));
}

export function asText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function lookUp(name: string, values: Values): Json {
  const value = values.get(name);
  if (value !== undefined) return value;
  if (name.startsWith('env.')) {
    throw new HoldpointError('configuration', `the variable ${name.slice(4)} is not set`, {
      next: `Set ${name.slice(4)}, or take {{${name}}} out of the journey.`,
    });
  }
  const close = nearest(name, values.keys());
  throw new HoldpointError('configuration', `{{${name}}} has no value`, {
    next: close === undefined ? 'Capture it in an earlier step.' : `Did you mean {{${close}}}?`,
  });
}

function escapeForPattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

import type { Json } from '../kernel/canonical.ts';
import type { HttpResponse } from '../system/http.ts';
import { headerOf, jsonOf } from './judge.ts';
import { type Mismatch, pattern, show } from './matching.ts';
import { isList } from './placeholders.ts';
import type { Step } from './step.ts';

export interface Captured {
  readonly values: ReadonlyMap<string, Json>;
  /** The texts among them that no report may show. */
  readonly secrets: readonly string[];
  /** What was not there to be captured. */
  readonly missing: readonly Mismatch[];
}

const SECRET_NAME =
  /passw|passphrase|token|secret|cookie|session|csrf|credential|authorization|(^|[._-])key$|(api|access|private)[._-]?key/i;

/** Whether a name says that its value must not be shown. */
export const namesSecret = (name: string): boolean => SECRET_NAME.test(name);

/** Takes the values that a step asks for out of an answer. */
export function captureFrom(wanted: NonNullable<Step['capture']>, response: HttpResponse): Captured {
  const values = new Map<string, Json>();
  const secrets: string[] = [];
  const missing: Mismatch[] = [];
  for (const [name, capture] of Object.entries(wanted)) {
    const { from, matches, secret } = typeof capture === 'string' ? { from: capture } : capture;
    const found = select(from, response);
    const value = matches === undefined ? found : part(found, matches);
    if (value === undefined || value === null) {
      missing.push({ path: from, expected: `a value for {{${name}}}`, measured: show(value) });
      continue;
    }
    values.set(name, value);
    if (secret === true || namesSecret(name)) secrets.push(...textsIn(value));
  }
  return { values, secrets, missing };
}

/** Every piece of text in a value. */
export function textsIn(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  if (isList(value)) return value.flatMap(textsIn);
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : [];
}

function select(from: string, response: HttpResponse): Json | undefined {
  if (from === 'status') return response.status;
  if (from === 'body') return response.body;
  if (from.startsWith('header.')) return headerOf(response, from.slice('header.'.length));
  const steps = [...from.matchAll(/\.([\w-]+)|\[(\d+)\]/g)];
  return steps.reduce<Json | undefined>((at, [, key, index]) => {
    if (index !== undefined) return isList(at) ? at[Number(index)] : undefined;
    if (at === null || typeof at !== 'object' || isList(at) || key === undefined) return undefined;
    return Object.hasOwn(at, key) ? at[key] : undefined;
  }, jsonOf(response.body));
}

function part(found: Json | undefined, expression: string): string | undefined {
  const match = typeof found === 'string' ? pattern(expression).exec(found) : null;
  return match?.[1] ?? match?.[0];
}

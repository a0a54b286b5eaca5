import { HoldpointError } from './errors.ts';
import { nearest } from './nearest.ts';

/** What `${NAME}` and `${NAME:-otherwise}` stand for. */
export type Variables = Readonly<Record<string, string | undefined>>;

export const REFERENCE = /\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g;

/** Fills in every reference; throws `configuration` naming the first variable that is neither set nor has a fallback. */
export function fillIn(text: string, variables: Variables): string {
  return text.replace(REFERENCE, (_reference, name: string, otherwise: string | undefined) => {
    // Own ones only: every object has a `constructor`.
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    // As in a shell, what is empty counts as not set where there is something else to fall back on.
    if (value !== undefined && (value !== '' || otherwise === undefined)) return value;
    if (otherwise !== undefined) return otherwise;
    const meant = nearest(name, Object.keys(variables));
    throw new HoldpointError('configuration', `the variable ${name} is not set`, {
      next: `Set ${name} in the environment${meant === undefined ? '' : `, or write ${meant}`}.`,
    });
  });
}

/** As `fillIn`, for every string inside plain data. */
export function fillInAll<Value>(value: Value, variables: Variables): Value {
  if (typeof value === 'string') return fillIn(value, variables) as Value;
  if (Array.isArray(value)) return value.map((entry: unknown) => fillInAll(entry, variables)) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, fillInAll(entry, variables)]),
  ) as Value;
}

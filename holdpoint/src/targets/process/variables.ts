import { HoldpointError } from '../../kernel/errors.ts';
import { nearest } from '../../kernel/nearest.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\{([A-Za-z_]\w*)\}/g;

/** Fills in `${NAME}`; throws `configuration` naming the first variable that is not set. */
export function fillIn(text: string, variables: Variables): string {
  return text.replace(REFERENCE, (_reference, name: string) => {
    const value = variables[name];
    if (value !== undefined) return value;
    const meant = nearest(name, Object.keys(variables));
    throw new HoldpointError('configuration', `the variable ${name} is not set`, {
      next: `Set ${name} in the environment${meant === undefined ? '' : `, or write ${meant}`}.`,
    });
  });
}

/** A variable with such a value says too little to be a secret, and masking it would eat ordinary text. */
const PLAIN = /^(?:\d+|true|false|[a-z]{1,8}|[\w.-]+:\d+)$/i;

/** The values that these texts draw from the environment, to be masked wherever output is shown. */
export function secretsOf(texts: readonly string[], variables: Variables): readonly string[] {
  const values = texts
    .flatMap((text) => [...text.matchAll(REFERENCE)])
    .flatMap(([, name]) => variables[name ?? ''] ?? [])
    .filter((value) => !PLAIN.test(value));
  return [...new Set(values.flatMap((value) => [value, ...passwordOf(value)]))];
}

/** The password inside a URL such as postgres://user:password@host/, as written and decoded. */
function passwordOf(value: string): readonly string[] {
  if (!URL.canParse(value)) return [];
  const { password } = new URL(value);
  if (password === '') return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

import { REFERENCE, type Variables } from '../../kernel/variables.ts';

/** A variable with such a value says too little to be a secret, and masking it would eat ordinary text. */
const PLAIN = /^(?:\d+|true|false|[a-z]{1,8}|[\w.-]+:\d+)$/i;

export const saysTooLittle = (value: string): boolean => PLAIN.test(value);

/** The values that these texts draw from the environment, to be masked wherever output is shown. */
export function secretsOf(texts: readonly string[], variables: Variables): readonly string[] {
  const values = texts
    .flatMap((text) => [...text.matchAll(REFERENCE)])
    .flatMap(([, name]) => variables[name ?? ''] ?? [])
    .filter((value) => !saysTooLittle(value));
  return [...new Set(values.flatMap((value) => [value, ...passwordOf(value)]))];
}

/** The password inside a URL such as postgres://user:password@host/, as written and decoded. */
export function passwordOf(value: string): readonly string[] {
  if (!URL.canParse(value)) return [];
  const { password } = new URL(value);
  if (password === '') return [];
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

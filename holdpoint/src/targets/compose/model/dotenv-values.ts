import type { Variables } from '../../../kernel/variables.ts';
import { type Interpolation, interpolate } from './interpolate.ts';

interface Written {
  readonly where: string;
  readonly text: string;
  readonly quote: '"' | "'" | undefined;
}

/** The value that is written; `above` are the variables of the lines before. */
type Expand = (
  written: Written,
  environment: ReadonlyMap<string, string>,
  above: ReadonlyMap<string, string>,
) => string;

/** The two generations of compose read dollar signs in env files differently: a password can depend on it. */
export const expansion = (interpolation: Interpolation): Expand =>
  interpolation.generation === 'v1' ? firstGeneration : secondGeneration(interpolation);

/** In single quotes everything stands for itself; elsewhere variables have all the forms of a compose file. */
const secondGeneration =
  ({ unset }: Interpolation): Expand =>
  ({ text, quote, where }, environment, above) => {
    if (quote === "'") return text.replaceAll("\\'", "'");
    const variables = Object.fromEntries([...above, ...environment]);
    return interpolate(quote === '"' ? readEscapes(text) : text, where, { variables, unset });
  };

/** Only `${NAME}` and `${NAME:-default}` are variables, in single quotes too, and every other dollar sign stays. */
const firstGeneration: Expand = ({ text, quote }, environment, above) => {
  const plain =
    quote === "'"
      ? text.replace(/\\([\\'])/g, '$1')
      : quote === '"'
        ? text.replace(/\\([\\'"abfnrtv])/g, (_escape, letter: string) => ESCAPES[letter] ?? letter)
        : text;
  return plain.replace(
    /\$\{([^}:]*)(?::-([^}]*))?\}/g,
    (_reference, name: string, otherwise = '') => above.get(name) ?? environment.get(name) ?? otherwise,
  );
};

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** An escaped dollar sign is doubled, so that no variable is seen in it. */
const readEscapes = (text: string): string =>
  text.replace(/\\([nrtabfv"'\\$])/g, (_escape, letter: string) =>
    letter === '$' ? '$$' : (ESCAPES[letter] ?? letter),
  );

export const defined = (variables: Variables): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(variables).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] as const],
    ),
  );

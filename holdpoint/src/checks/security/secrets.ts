import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { DeclaredService } from '../../targets/target.ts';
import type { Check } from '../check.ts';
import { readComposeFiles, type WrittenValue } from '../compose-files.ts';
import { credentialShape, entropyBits, looksSecret, passwordsIn } from '../secrets.ts';
import { readSettings, words } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';

const ID = checkId('security.secrets');

const Settings = z.strictObject({
  /** Variables whose literal value is known to be no secret. */
  ignore: z.array(z.string()).default([]),
  /** Compose files, each of which is read as it stands; those of the target when left out. */
  files: words.default([]),
});

/** Bits a character, above which text without words is taken for a random value. */
const RANDOM_BITS = 3.5;
const RANDOM_LENGTH = 20;

/** Why a declared value is a secret written out, or undefined. References such as `${NAME}` are none. */
export function literalSecret(name: string, value: string): string | undefined {
  const literal = value.replace(/\$\{[^}]*\}/g, '');
  if (literal.trim() === '') return undefined;
  const shape = credentialShape(literal);
  if (shape !== undefined) return `holds ${shape}`;
  if (passwordsIn(literal).length > 0) return 'holds a password in its URL';
  if (literal !== value) return undefined;
  if (looksSecret(name)) return 'is a literal';
  const random = /^[A-Za-z0-9+/=_-]+$/.test(value) && /\d/.test(value) && /[A-Za-z]/.test(value);
  return random && value.length >= RANDOM_LENGTH && entropyBits(value) / value.length >= RANDOM_BITS
    ? 'looks like a random value'
    : undefined;
}

interface Declared {
  readonly service: string;
  readonly name: string;
  readonly value: string;
}

const declaredBy = (services: readonly DeclaredService[]): readonly Declared[] =>
  services.flatMap((service) =>
    Object.entries(service.environment).map(([name, value]) => ({ service: service.name, name, value })),
  );

/** What stands in the files, fallbacks of references too: `${PASSWORD:-hunter2}` is a password written out. */
const writtenIn = (values: readonly WrittenValue[]): readonly Declared[] =>
  values.flatMap(({ file, owner, name, value }) => {
    const service = `${owner} in ${file}`;
    const fallbacks = [...value.matchAll(/\$\{[A-Za-z_]\w*:?-([^}]*)\}/g)].map(([, text = '']) => text);
    return [value, ...fallbacks].map((one) => ({ service, name, value: one }));
  });

function judgeLiteralSecrets(declared: readonly Declared[], ignore: readonly string[]): Evidence {
  if (declared.length === 0) {
    return inconclusive('no service declares an environment', 'Declare what each service needs.');
  }
  const faults = declared.flatMap(({ service, name, value }) => {
    const why = ignore.includes(name) ? undefined : literalSecret(name, value);
    return why === undefined ? [] : [`${name} of ${service} ${why}`];
  });
  return judgeFaults(
    faults,
    `0 of ${declared.length} values of ${new Set(declared.map(({ service }) => service)).size} services are literal secrets`,
    {
      next: 'Move the value into a variable, refer to it by its name, and rotate it.',
    },
  );
}

export const secrets: Check = {
  id: ID,
  timeLimit: 5_000,
  run: async (subject) => {
    const { ignore, files } = readSettings(subject, ID, Settings);
    const { values } = await readComposeFiles(subject, files);
    // Filled in, what a service is declared to have shows the files' variables too.
    const declared = files.length > 0 ? writtenIn(values) : declaredBy(subject.services);
    return judgeLiteralSecrets(declared, ignore);
  },
};

import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check, SubjectService } from '../check.ts';
import { credentialShape, entropyBits, looksSecret, passwordsIn } from '../secrets.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';

const ID = checkId('security.secrets');

const Settings = z.strictObject({
  /** Variables whose literal value is known to be no secret. */
  ignore: z.array(z.string()).default([]),
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

function judgeLiteralSecrets(services: readonly SubjectService[], ignore: readonly string[]): Evidence {
  const declared = services.flatMap((service) =>
    Object.entries(service.environment).map(([name, value]) => ({ service: service.name, name, value })),
  );
  if (declared.length === 0) {
    return inconclusive('no service declares an environment', 'Declare what each service needs.');
  }
  const faults = declared.flatMap(({ service, name, value }) => {
    const why = ignore.includes(name) ? undefined : literalSecret(name, value);
    return why === undefined ? [] : [`${name} of ${service} ${why}`];
  });
  return judgeFaults(
    faults,
    `0 of ${declared.length} values of ${services.length} services are literal secrets`,
    {
      next: 'Move the value into a variable, refer to it by its name, and rotate it.',
    },
  );
}

export const secrets: Check = {
  id: ID,
  timeLimit: 5_000,
  run: (subject) =>
    Promise.resolve().then(() =>
      judgeLiteralSecrets(subject.services, readSettings(subject, ID, Settings).ignore),
    ),
};

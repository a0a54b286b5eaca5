import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import { REFERENCE } from '../../kernel/variables.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { DeclaredService } from '../../targets/target.ts';
import type { Check } from '../check.ts';
import { isPlaceholder } from '../secrets.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';

const ID = checkId('configuration.environment');

const Settings = z.strictObject({
  /** Variables that must be set besides those that services refer to. */
  required: z.array(z.string()).default([]),
});

/** A `${NAME}` of a declared value that has nothing to fall back to. */
interface Reference {
  readonly service: string;
  readonly name: string;
}

function referencesOf(services: readonly DeclaredService[]): readonly Reference[] {
  return services.flatMap((service) =>
    Object.values(service.environment).flatMap((value) =>
      [...value.matchAll(REFERENCE)]
        .filter(([, , otherwise]) => otherwise === undefined)
        .map(([, name = '']) => ({ service: service.name, name })),
    ),
  );
}

/** Whether something is left that was meant as a reference and would reach the service as it is written. */
const isOddReference = (value: string): boolean => value.replace(REFERENCE, '').includes('${');

function judgeEnvironment(
  services: readonly DeclaredService[],
  required: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
): Evidence {
  const references = [
    ...referencesOf(services),
    ...required.map((name) => ({ service: 'the settings', name })),
  ];
  const names = [...new Set(references.map(({ name }) => name))];
  const declared = services.flatMap(({ name, environment }) =>
    Object.entries(environment).map(([key, value]) => ({ service: name, key, value })),
  );
  if (names.length === 0 && declared.length === 0) {
    return inconclusive('no service declares an environment', 'Declare what each service needs.');
  }
  const unset = names
    .filter((name) => (variables[name] ?? '') === '')
    .map((name) => `${name} is not set, needed by ${usersOf(references, name)}`);
  const left = [
    ...names
      .filter((name) => isPlaceholder(variables[name] ?? ''))
      .map((name) => `${name} still holds a placeholder`),
    ...declared
      .filter(({ value }) => isOddReference(value))
      .map(({ service, key }) => `${key} of ${service} holds a reference that cannot be filled in`),
    ...declared
      .filter(({ value }) => isPlaceholder(value))
      .map(({ service, key }) => `${key} of ${service} still holds a placeholder`),
  ];
  return judgeFaults(
    [...unset, ...left],
    `${names.length} of ${names.length} variables of ${services.length} services are set, 0 placeholders`,
    { next: 'Set the variables before the release, with real values.' },
  );
}

function usersOf(references: readonly Reference[], name: string): string {
  return [...new Set(references.filter((one) => one.name === name).map(({ service }) => service))].join(', ');
}

export const environment: Check = {
  id: ID,
  timeLimit: 5_000,
  run: (subject) =>
    Promise.resolve().then(() => {
      const { required } = readSettings(subject, ID, Settings);
      return judgeEnvironment(subject.services, required, subject.variables);
    }),
};

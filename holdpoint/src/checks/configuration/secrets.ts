import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import { fillIn } from '../../kernel/variables.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { readTextIfAny } from '../../system/files.ts';
import type { Check, Probe, Subject } from '../check.ts';
import { findRepository, type Repository } from '../code/repository.ts';
import { readComposeFiles } from '../compose-files.ts';
import { entropyBits, isPlaceholder } from '../secrets.ts';
import { pathOf, readSettings, words } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';

const ID = checkId('configuration.secrets');

const Settings = z.strictObject({
  names: z.array(z.string().min(1)).default([]),
  /** Bits. */
  minimumEntropy: z.coerce.number().positive().default(64),
  /** The file that must not hold a secret literally, besides what git tracks. */
  specification: z.string().default('holdpoint.yaml'),
  repository: z.string().default('.'),
  /** Compose files, whose secrets are files beside them; those of the target when left out. */
  files: words.default([]),
});

/** One secret as it was found; never its value. */
interface FoundSecret {
  readonly name: string;
  /** undefined when it is set nowhere. */
  readonly bits: number | undefined;
  readonly placeholder: boolean;
  /** The file that `NAME_FILE` points at. */
  readonly file?: { readonly path: string; readonly mode: number; readonly tracked: boolean };
  /** Files of the repository and of the specification that hold the value itself. */
  readonly literalIn: readonly string[];
}

function judgeSecrets(minimumEntropy: number, secrets: readonly FoundSecret[]): Evidence {
  const faults = secrets.flatMap(({ name, bits, placeholder, file, literalIn }) => {
    if (bits === undefined) return [`${name} does not exist`];
    const mode = (file?.mode ?? 0) & 0o777;
    return [
      ...(placeholder ? [`${name} still holds a placeholder`] : []),
      ...(bits < minimumEntropy ? [`${name} has ${Math.floor(bits)} of ${minimumEntropy} bits`] : []),
      ...((mode & 0o077) !== 0 ? [`${name}'s file has mode 0${mode.toString(8)}, not 0600`] : []),
      ...(file?.tracked === true ? [`${name}'s file is tracked by git`] : []),
      ...literalIn.map((where) => `${name} stands literally in ${where}`),
    ];
  });
  const weakest = Math.floor(Math.min(...secrets.map(({ bits }) => bits ?? 0)));
  return judgeFaults(
    faults,
    `${secrets.length} of ${secrets.length} secrets exist, the weakest with ${weakest} bits, none in git`,
    {
      expected: `at least ${minimumEntropy} bits, mode 0600, in no file that is kept`,
      next: 'Make a new random value, keep it outside of the repository, and rotate what was exposed.',
    },
  );
}

interface Named {
  readonly name: string;
  readonly path: string | undefined;
}

/** The secrets that are named, and those that compose files keep as files; by its variable if both. */
async function secretsOf(
  subject: Subject,
  { names, files }: Pick<z.output<typeof Settings>, 'names' | 'files'>,
): Promise<readonly Named[]> {
  const { secretFiles } = await readComposeFiles(subject, files);
  const named = names.map((name) => {
    const written = subject.variables[`${name}_FILE`];
    const own = secretFiles.find((secret) => secret.name.toLowerCase() === name.toLowerCase());
    return { name, path: written === undefined ? own?.path : pathOf(subject, written) };
  });
  const others = secretFiles.filter(({ path }) => !named.some((one) => one.path === path));
  const all = [...named, ...others].map(({ name, path }) => ({
    name,
    path: path === undefined ? undefined : fillIn(path, subject.variables),
  }));
  return [...new Map(all.map((one) => [`${one.name} ${one.path ?? ''}`, one])).values()];
}

async function find(
  { name, path }: Named,
  subject: Subject,
  repository: Repository | undefined,
  specification: string,
): Promise<FoundSecret> {
  const content = path === undefined ? undefined : await readTextIfAny(path);
  const value = content?.trimEnd() ?? subject.variables[name] ?? '';
  if (value === '') return { name, bits: undefined, placeholder: false, literalIn: [] };
  const file = path === undefined ? {} : { file: await describe(path, repository) };
  const inServices = subject.services
    .filter((service) => Object.values(service.environment).some((text) => text.includes(value)))
    .map((service) => `the environment of ${service.name}`);
  const source = await readTextIfAny(pathOf(subject, specification));
  return {
    name,
    bits: entropyBits(value),
    placeholder: isPlaceholder(value),
    ...file,
    literalIn: [
      ...new Set([
        ...inServices,
        ...(source?.includes(value) === true ? [specification] : []),
        ...(repository === undefined ? [] : await trackedFilesWith(repository, value)),
      ]),
    ],
  };
}

async function describe(path: string, repository: Repository | undefined) {
  const mode = await reachableMode(path);
  const listed = await repository?.attempt(['ls-files', '--error-unmatch', '--', path]);
  return { path, mode, tracked: listed?.exitCode === 0 };
}

/**
 * Who may get at the file: secrets of compose are read by users inside of containers, so they are often open in a folder
 * that is closed.
 */
async function reachableMode(path: string): Promise<number> {
  const { mode } = await stat(path);
  let open = 0o077;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode: above } = await stat(folder);
    if ((above & 0o010) === 0) open &= ~0o070;
    if ((above & 0o001) === 0) open &= ~0o007;
    if (folder === dirname(folder)) return mode & (0o700 | open);
  }
}

/** The value goes in by standard input, since arguments can be read by every user of the machine. */
async function trackedFilesWith(repository: Repository, value: string): Promise<readonly string[]> {
  const line = value.split('\n').find((part) => part.length >= 4);
  if (line === undefined) return [];
  const found = await repository.attempt(['grep', '-l', '-F', '-f', '-'], `${line}\n`);
  if (found.exitCode === 1) return [];
  if (found.exitCode === 0) return found.stdout.trim().split('\n');
  throw new HoldpointError('command-failed', `git grep failed: ${found.stderr.trim()}`);
}

export const secrets: Check = {
  id: ID,
  timeLimit: 30_000,
  run: async (subject: Subject, probe: Probe) => {
    const settings = readSettings(subject, ID, Settings);
    const named = await secretsOf(subject, settings);
    if (named.length === 0) {
      return inconclusive(
        'no secret is named',
        "List the secrets' variables under 'names' in the check's settings.",
      );
    }
    const repository = await findRepository(subject, probe, settings.repository);
    const secrets: FoundSecret[] = [];
    for (const one of named) {
      secrets.push(await find(one, subject, repository, settings.specification));
    }
    return judgeSecrets(settings.minimumEntropy, secrets);
  },
};

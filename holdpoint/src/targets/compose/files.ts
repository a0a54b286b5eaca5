import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { canonicalJson } from '../../kernel/canonical.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { nearest } from '../../kernel/nearest.ts';
import type { Variables } from '../../kernel/variables.ts';
import type { ComposeGeneration } from './model/document.ts';
import { type LoadOptions, loadProject, type SourceText } from './model/load.ts';
import type { ComposeProject, ComposeService } from './model/project.ts';
import type { ComposeSettings } from './settings.ts';

export interface Reading {
  readonly settings: ComposeSettings;
  /** Of the specification, absolute. */
  readonly folder: string;
  readonly variables: Variables;
  /** Whose reading of dollar signs in env files; v2 when left out. */
  readonly generation?: ComposeGeneration;
}

/** Stands for the version where only what all versions share is asked for. */
const ANY_VERSION = '0.0.0';

/** The project as its files are for a version. Throws `configuration` for everything that compose refuses, and for a service that they lack. */
export function readProject(reading: Reading, version = ANY_VERSION): ComposeProject {
  const { settings, variables } = reading;
  const project = loadProject({
    ...inputs(reading),
    variables: { ...variables, ...naming(settings, version) },
  });
  const named = [...Object.keys(settings.services), settings.edge?.service ?? []].flat();
  for (const name of named) serviceNamed(project, name);
  return project;
}

/**
 * Whether the two generations of compose read the files alike: nearly always they do, and then nobody has to ask which
 * one is installed. Where one of them refuses the files, they do not.
 */
export function readAlike(reading: Reading): boolean {
  try {
    const [first, second] = (['v1', 'v2'] as const).map((generation) =>
      canonicalJson(readProject({ ...reading, generation }).document),
    );
    return first === second;
  } catch {
    return false;
  }
}

/** What the files are read from, whatever the variables. */
export function inputs({ settings, folder, generation }: Reading): Omit<LoadOptions, 'variables'> {
  const files = settings.files.map((file) => textOf(resolve(folder, file)));
  const start = dirname(files[0]?.path ?? resolve(folder, 'docker-compose.yml'));
  const beside = resolve(start, '.env');
  const envFiles = settings.envFiles?.map((file) => textOf(resolve(folder, file))) ?? [];
  const implied = settings.envFiles === undefined ? textIfAny(beside) : undefined;
  return {
    files,
    read: textIfAny,
    envFiles: implied === undefined ? envFiles : [{ path: beside, text: implied }],
    profiles: settings.profiles,
    ...(settings.project === undefined ? {} : { projectName: settings.project }),
    folder: start,
    ...(generation === undefined ? {} : { generation }),
  };
}

/** The variables of the compose files that name the version. */
export const naming = ({ variables }: ComposeSettings, version: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, text]) => [name, text.replaceAll('{version}', version)]),
  );

/** Throws `configuration` for one that the files lack, or that no profile activates. */
export function serviceNamed(project: ComposeProject, name: string): ComposeService {
  const service = Object.hasOwn(project.services, name) ? project.services[name] : undefined;
  if (service !== undefined) return service;
  if (project.inactive.includes(name)) {
    throw new HoldpointError(
      'configuration',
      `no profile activates the service '${name}' of the compose files`,
      {
        next: `Name one of its profiles under 'target.profiles'.`,
      },
    );
  }
  const meant = nearest(name, [...Object.keys(project.services), ...project.inactive]);
  const known = Object.keys(project.services).join(', ');
  throw new HoldpointError('configuration', `the compose files have no service '${name}'`, {
    next: meant === undefined ? `Name one of ${known}.` : `Did you mean '${meant}'?`,
  });
}

function textOf(path: string): SourceText {
  const text = textIfAny(path);
  if (text !== undefined) return { path, text };
  throw new HoldpointError('configuration', `there is no compose file ${path}`, {
    next: "Correct 'target.files' or 'target.envFiles'; they start at the folder of the specification.",
  });
}

function textIfAny(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new HoldpointError('configuration', `${path} cannot be read`, {
      cause: error,
      next: 'Correct the path or its permissions.',
    });
  }
}

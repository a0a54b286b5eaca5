import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Variables } from '../../kernel/variables.ts';
import { readYaml } from '../../system/yaml.ts';

/** Where the runs of a system lie. */
export const placeSettings = {
  environment: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/)
    .default('production'),
  state: z
    .string()
    .min(1)
    .default('.holdpoint')
    .meta({ description: 'Folder of the run log, records and reports' }),
};

const place = z.looseObject(placeSettings);

export interface Place {
  readonly environment: string;
  /** Absolute folder of this environment's log, records and reports. */
  readonly state: string;
}

export const stateFolder = (folder: string, { state, environment }: z.output<typeof place>): string =>
  resolve(folder, state, environment);

/**
 * Where the runs of a specification lie, whatever else it says: to look at a run one needs neither the other settings,
 * which take longer to read than the log, nor that they are right.
 */
export async function readPlace(path: string, variables: Variables): Promise<Place> {
  const text = await readText(path);
  const leave = (key: string): boolean => !(key in placeSettings);
  const read = readYaml(basename(path), text, place, { variables, leave });
  return { environment: read.environment, state: stateFolder(dirname(resolve(path)), read) };
}

/** Throws `configuration` when there is no such file. */
export const readText = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HoldpointError('configuration', `${path} cannot be read`, {
      cause,
      next: 'Run `holdpoint init` to write one, or name another file with --specification.',
    });
  });

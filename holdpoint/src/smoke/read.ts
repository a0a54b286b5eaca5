import { glob, readFile } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { HoldpointError } from '../kernel/errors.ts';
import { readYaml } from '../system/yaml.ts';
import { type Journey, journeySchema } from './journey.ts';
import type { JourneysSettings } from './settings.ts';

/**
 * Every journey that the patterns name, sorted by file. Throws `configuration` on a mistake in a file (with line and
 * column), on a pattern that finds none, and on an id that two files claim.
 */
export async function readJourneys(folder: string, patterns: JourneysSettings): Promise<readonly Journey[]> {
  const files = new Set<string>();
  for (const pattern of patterns) {
    const before = files.size;
    for await (const found of glob(pattern, { cwd: folder })) files.add(resolve(folder, found));
    if (files.size === before) {
      throw new HoldpointError('configuration', `no journey is found by '${pattern}' in ${folder}`, {
        next: 'Correct the pattern under `journeys`, or add a journey there.',
      });
    }
  }
  const journeys = await Promise.all([...files].sort().map((file) => readJourney(file, folder)));
  const first = new Map<string, string>();
  for (const { id, file } of journeys) {
    const earlier = first.get(id);
    if (earlier !== undefined) {
      throw new HoldpointError('configuration', `${file} and ${earlier} are both called '${id}'`, {
        next: 'Give each journey an id of its own.',
      });
    }
    first.set(id, file);
  }
  return journeys;
}

/** One journey of a file; mistakes name the file relative to `folder`. */
async function readJourney(file: string, folder: string): Promise<Journey> {
  const inside = relative(folder, file);
  const shown = inside.startsWith('..') || isAbsolute(inside) ? file : inside;
  return { ...readYaml(shown, await readFile(file, 'utf8'), journeySchema), file };
}

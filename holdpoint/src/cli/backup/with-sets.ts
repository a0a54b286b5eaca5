import type { Backups } from '../../backup/set/backups.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Project } from '../../release/project.ts';
import type { CommonOptions } from '../finished.ts';
import type { House } from '../house.ts';
import { withProject } from '../select-run.ts';

/** Opens the declared backups for as long as `work` lasts. Throws `configuration` where none are declared. */
export function withSets<Result>(
  house: House,
  options: CommonOptions,
  work: (sets: Backups, project: Project) => Promise<Result>,
): Promise<Result> {
  return withProject(house, options, async (project) => {
    if (project.sets !== undefined) return await work(project.sets, project);
    throw new HoldpointError('configuration', 'the specification declares no backups', {
      next: 'Add a block `backups` with a `vault` to it.',
    });
  });
}

/** Shows progress, where somebody reads it. */
export const steps = (house: House, { json }: CommonOptions): ((line: string) => void) | undefined =>
  json === true ? undefined : (line) => house.print(line);

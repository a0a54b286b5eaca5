import { HoldpointError } from '../kernel/errors.ts';
import { nearest } from '../kernel/nearest.ts';
import type { RunSummary } from '../release/log/log.ts';
import type { Project } from '../release/project.ts';
import type { RunRecord } from '../release/record.ts';
import type { House } from './house.ts';

/** Opens the project for as long as `work` lasts. */
export async function withProject<Result>(
  house: House,
  { specification }: { readonly specification?: string },
  work: (project: Project) => Promise<Result>,
): Promise<Result> {
  const project = await house.openProject(specification === undefined ? {} : { specification });
  try {
    return await work(project);
  } finally {
    await project.close();
  }
}

/** Opens the runs alone for as long as `work` lasts. */
export async function withRecord<Result>(
  house: House,
  { specification }: { readonly specification?: string },
  work: (record: RunRecord) => Promise<Result>,
): Promise<Result> {
  const open = house.openRecord ?? house.openProject;
  const record = await open(specification === undefined ? {} : { specification });
  try {
    return await work(record);
  } finally {
    await record.close();
  }
}

/** The run that is meant, the newest unless one is named; throws `not-found` with the nearest id. */
export async function selectRun(record: RunRecord, wanted: string | undefined): Promise<RunSummary> {
  const runs = await record.log.runs();
  const [newest] = runs;
  if (newest === undefined) {
    throw new HoldpointError(
      'not-found',
      `nothing has been released to ${record.specification.environment} yet`,
      {
        next: 'Begin with `holdpoint deploy VERSION`.',
      },
    );
  }
  const found = wanted === undefined ? newest : runs.find(({ run }) => run === wanted);
  if (found !== undefined) return found;
  const ids = runs.map(({ run }) => run);
  const meant = nearest(wanted ?? '', ids);
  throw new HoldpointError('not-found', `there is no run '${wanted}'`, {
    next:
      meant === undefined
        ? `The newest is '${newest.run}'; \`holdpoint status\` lists them all.`
        : `Did you mean '${meant}'? \`holdpoint status\` lists them all.`,
  });
}

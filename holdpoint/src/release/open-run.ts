import { sha256 } from '../kernel/canonical.ts';
import { HoldpointError } from '../kernel/errors.ts';
import type { Revision, Target, World } from '../targets/target.ts';
import { type Named, recordOf } from './desk.ts';
import type { EventOf } from './events.ts';
import { type Journal, openJournal, startJournal } from './journal.ts';
import { outlineState } from './outline.ts';
import type { Project } from './project.ts';

export interface NewRun {
  readonly version: string;
  readonly by: Named;
  /** T of the plan; undefined for as soon as it is ready. */
  readonly startsAt: number | undefined;
}

/** The one revision that serves now. Throws `conflict` when several do, as after a release that was cut off. */
export function servingRevision(target: Target, world: World): Revision | undefined {
  const alive = world.replicas.filter(({ state }) => state !== 'dead');
  const revisions = new Map(alive.map(({ revision }) => [revision.digest, revision]));
  if (revisions.size <= 1) return revisions.values().next().value;
  const versions = [...revisions.values()].map(({ version }) => version).join(' and ');
  throw new HoldpointError('conflict', `${versions} run beside each other on this ${target.kind} target`, {
    next: 'Finish or roll back the release that was cut off: `holdpoint resume` or `holdpoint rollback`.',
  });
}

/** Refuses, with `configuration`, a checklist that asks for nothing: a release of it would prove nothing. */
export function assertAsks({ checklist }: Pick<Project, 'checklist'>): void {
  if (checklist.parsed.items.length > 0) return;
  throw new HoldpointError('configuration', `the checklist ${checklist.file} holds no item`, {
    next: 'Write its items as `- [ ] TEXT`, or let `holdpoint init` begin one.',
  });
}

/** A roll-back to files that are gone or changed is no way back, and it is too late to learn that when it is needed. */
async function assertWayBack(target: Target, from: Revision): Promise<void> {
  try {
    await target.assertAvailable(from);
  } catch (cause) {
    throw new HoldpointError('conflict', `there is no way back to ${from.version}, which serves now`, {
      cause,
      next: 'Put its release back as it was when it was deployed, then deploy again.',
    });
  }
}

/**
 * Opens a run of a release, under the fence of its lease where one is held. Throws `not-found` before anything has
 * changed when there is no such version.
 */
export async function openRun(
  project: Project,
  id: string,
  { version, by, startsAt }: NewRun,
  fence?: number,
): Promise<Journal> {
  const { target, log, clock, specification, checklist } = project;
  assertAsks(project);
  const to = await target.resolve(version);
  await target.assertAvailable(to);
  const from = servingRevision(target, await target.inspect());
  if (from !== undefined) await assertWayBack(target, from);
  const opened: EventOf<'run.opened'> = {
    type: 'run.opened',
    name: specification.name,
    environment: specification.environment,
    version,
    to: { ...to },
    ...(from === undefined ? {} : { from: { ...from } }),
    by: recordOf(by),
    specification: project.specificationDigest,
    checklist: { file: checklist.file, digest: sha256(checklist.text), text: checklist.text },
    product: project.product,
    timeScale: specification.timeScale,
    ...(startsAt === undefined ? {} : { startsAt }),
  };
  return startJournal(log, clock, id, opened, fence);
}

/** A run to be carried on: the one named, else the newest that is open. */
export async function findRun(project: Project, wanted: string | undefined, open: boolean): Promise<Journal> {
  const { log, clock, specification } = project;
  const runs = (await log.runs()).filter(({ environment }) => environment === specification.environment);
  for (const { run } of runs.filter((one) => wanted === undefined || one.run === wanted)) {
    // The outline costs the same however long a run was watched, and there may be years of them.
    const over = wanted === undefined && open && (await outlineState(log, run)).closed !== undefined;
    if (!over) return openJournal(log, clock, run);
  }
  throw new HoldpointError(
    'not-found',
    wanted === undefined ? 'there is no open run' : `there is no run '${wanted}'`,
    {
      next: 'See the runs with `holdpoint status`.',
    },
  );
}

import { HoldpointError } from '../../kernel/errors.ts';
import { sameRevision } from '../rolling/steps.ts';
import type { Revision } from '../target.ts';
import { adoptedRevision, foreign, unlabelled } from './adoption.ts';
import type { Context } from './context.ts';
import { readProject } from './files.ts';
import { hold } from './images.ts';
import { serviceOf } from './labels.ts';
import { containersOf } from './observe.ts';
import { type PinnedImage, type ReleaseRecord, recordOf } from './release.ts';
import { imagesOf } from './resolve.ts';

/**
 * The record of a revision, every image of it on this engine. Throws, before anything is changed, `not-found` naming
 * what is missing, and `conflict` for a record that was changed.
 */
export async function availableRecord(context: Context, revision: Revision): Promise<ReleaseRecord> {
  const record = await recordFor(context, revision);
  await assertHeld(context, record);
  return record;
}

/** The same, whether its images are there or not. */
export async function recordFor(context: Context, revision: Revision): Promise<ReleaseRecord> {
  const record = (await context.records.read(revision)) ?? (await adopt(context, revision));
  if (record === undefined) {
    const { version, digest } = revision;
    throw new HoldpointError(
      'not-found',
      `there is no record of release ${version} with the content ${digest.slice(0, 8)}`,
      { next: `Release ${version} again from its compose files, or restore the state folder.` },
    );
  }
  await context.records.used(revision, context.clock.now());
  return record;
}

/** Throws `not-found` unless every pinned name of these services means the recorded content, or can be made to. */
export async function assertHeld(
  { docker }: Context,
  { revision, services }: ReleaseRecord,
  only: readonly string[] = Object.keys(services),
): Promise<void> {
  const missing: [string, PinnedImage][] = [];
  for (const [name, { image }] of Object.entries(services)) {
    if (only.includes(name) && !(await hold(docker, image))) missing.push([name, image]);
  }
  if (missing.length === 0) return;
  const names = missing.map(([, { reference }]) => reference);
  const next = missing.every(([, { digest }]) => digest !== undefined)
    ? 'Make its registry reachable again, or release a version whose images exist.'
    : 'Load it again (`docker image load`) from where it was built: a new build is another content.';
  throw new HoldpointError(
    'not-found',
    `${names.join(' and ')} of release ${revision.version} is no longer on this engine, by its content`,
    {
      details: missing.map(([name, { id, digest }]) => {
        const where = digest === undefined ? 'it was never in a registry' : `${digest} could not be pulled`;
        return `${name}: ${id.slice(0, 19)}, and ${where}`;
      }),
      next,
    },
  );
}

/**
 * Records what plain compose has started, from the files as they are and the images that its containers really run, so
 * that there is a way back to it. Undefined when the revision is not that.
 */
export async function adopt(context: Context, revision?: Revision): Promise<ReleaseRecord | undefined> {
  const services = Object.keys(context.settings.services);
  const containers = await containersOf(context);
  const adopted = adoptedRevision(services, containers, await context.records.all());
  if (adopted === undefined || (revision !== undefined && !sameRevision(adopted, revision))) return undefined;
  const there = await context.records.read(adopted);
  if (there !== undefined) return there;
  const { generation } = await context.compose();
  const project = readProject(context, adopted.version);
  const running = await Promise.all(
    services.map(async (service) => {
      const newest = foreign(containers).findLast((container) => serviceOf(container) === service);
      const image = newest === undefined ? undefined : await context.docker.image(newest.image);
      return image === undefined ? [] : ([[service, image]] as const);
    }),
  );
  const images = await imagesOf(context, project, generation, Object.fromEntries(running.flat()));
  const record = recordOf(project, generation, images, adopted, {
    at: context.clock.now(),
    services: unlabelled(services, containers),
  });
  await context.records.write(record);
  await assertHeld(context, record);
  return record;
}

import { sameRevision } from '../rolling/steps.ts';
import type { ReleaseImage } from '../target.ts';
import type { Context } from './context.ts';
import { sightings } from './observe.ts';
import { resolveVersion } from './resolve.ts';

/** What a version is made of, and which containers are it already. */
export async function releaseImages(context: Context, version: string): Promise<readonly ReleaseImage[]> {
  const { project, revision, images } = await resolveVersion(context, version);
  const running = (await sightings(context)).filter(
    (one) => one.container.status === 'running' && sameRevision(one.revision, revision),
  );
  return Object.entries(images).map(([service, { reference }]) => {
    const user = project.services[service]?.user;
    return {
      service,
      reference,
      ...(user === undefined ? {} : { user }),
      containers: running.filter((one) => one.service === service).map(({ container }) => container.id),
    };
  });
}

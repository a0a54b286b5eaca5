import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import type { Docker } from '../../system/docker/docker.ts';
import type { ContainerFacts, ImageFacts } from '../../system/docker/facts.ts';
import type { ReleaseImage } from '../../targets/target.ts';
import type { Subject } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive } from '../verdicts.ts';

/** Images of services that the release does not replace, such as the edge: references by the services' names. */
export const furtherImages = z.record(z.string(), z.string().min(1)).optional();

/** An image of the release, and what the engine knows under its reference; undefined when it knows nothing. */
export interface KnownImage extends ReleaseImage {
  readonly facts: ImageFacts | undefined;
}

const BUILT = checkId('images.built');
const Shared = z.looseObject({ images: furtherImages });

/** Milliseconds: what is not on the engine yet is pulled, so that it can be looked at. */
export const IMAGES_WITHIN = 600_000;

export const NO_IMAGE = inconclusive(
  'the release is made of no image',
  "Name its services under 'target' in the specification.",
);

/**
 * What the release is made of, and the further images that the settings name: a check's own, else those of
 * `images.built`. Throws `not-found` when the target finds no image for a service.
 */
export async function releaseImages(
  subject: Subject,
  docker: Docker,
  further: Readonly<Record<string, string>> | undefined,
  signal: AbortSignal,
): Promise<readonly KnownImage[]> {
  if (subject.images === undefined) {
    throw new HoldpointError('configuration', `not built yet for the target '${subject.target}'`, {
      next: 'Let a person sign for it, or bind the item to another check.',
    });
  }
  const own = await subject.images();
  const named = Object.entries(further ?? readSettings(subject, BUILT, Shared).images ?? {});
  const deployed = named.length === 0 ? [] : ((await subject.containers?.(signal)) ?? []);
  const others = named
    .filter(([service]) => !own.some((image) => image.service === service))
    .map(
      ([service, reference]): ReleaseImage => ({
        service,
        reference,
        containers: deployed.filter((one) => one.service === service).map(({ id }) => id),
      }),
    );
  const images: KnownImage[] = [];
  for (const image of [...own, ...others]) {
    images.push({ ...image, facts: await docker.image(image.reference, signal) });
  }
  return images;
}

/** Those of the containers that run; one that went meanwhile is left out. */
export async function runningOf(
  docker: Docker,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly ContainerFacts[]> {
  const found: ContainerFacts[] = [];
  for (const id of ids) {
    const container = await docker.container(id, signal);
    if (container?.status === 'running') found.push(container);
  }
  return found;
}

/** `sha256:0123456789ab`, as people compare them. */
export const shortDigest = (digest: string): string => digest.slice(0, 'sha256:'.length + 12);

/** The digest in `repository@sha256:…`. */
export const digestIn = (repositoryDigest: string): string => repositoryDigest.replace(/^.*@/, '');

import { HoldpointError } from '../../kernel/errors.ts';
import { pullImage, tagImage } from '../../system/docker/commands.ts';
import type { Docker } from '../../system/docker/docker.ts';
import type { ImageFacts } from '../../system/docker/facts.ts';
import type { PinnedImage } from './release.ts';

/** Milliseconds for one image: gigabytes over a slow line. */
const PULL_WITHIN = 1_800_000;
const TAG_WITHIN = 30_000;

export interface Wanted {
  readonly project: string;
  readonly service: string;
  readonly reference: string;
}

/** The image that a reference means now, pulled as the settings say. Throws `not-found` when there is none. */
export async function locate(
  docker: Docker,
  { service, reference }: Wanted,
  pull: 'missing' | 'always' | 'never',
): Promise<ImageFacts> {
  const present = pull === 'always' ? undefined : await docker.image(reference);
  if (present !== undefined) return present;
  const missing = `the service '${service}' needs the image ${reference}, which is not on this engine`;
  const next = `Build or push ${reference}, or name a version whose images exist.`;
  if (pull === 'never') throw new HoldpointError('not-found', missing, { next });
  const error = await pulled(docker, reference);
  const image = error === undefined ? await docker.image(reference) : undefined;
  if (image !== undefined) return image;
  throw new HoldpointError('not-found', `${missing} and could not be pulled`, {
    cause: error,
    details: error?.details ?? [],
    next,
  });
}

/** Undefined when it is there now; `unreachable` of the engine itself is thrown. */
async function pulled(docker: Docker, reference: string): Promise<HoldpointError | undefined> {
  try {
    await docker.perform(pullImage(reference), { what: `pull ${reference}`, timeout: PULL_WITHIN });
    return undefined;
  } catch (error) {
    if (error instanceof HoldpointError && error.code !== 'unreachable') return error;
    throw error;
  }
}

/** How an image is named in a record: by the digest of its registry, else by a tag of our own. */
export function pinOf(
  { project, service, reference }: Wanted,
  image: Pick<ImageFacts, 'id' | 'digests'>,
): PinnedImage {
  const repository = repositoryOf(reference);
  const digest =
    image.digests.find((one) => repositoryOf(one) === repository) ??
    image.digests.find((one) => repositoryOf(one).endsWith(`/${repository}`));
  const kept = `holdpoint-pinned/${plain(`${project}-${service}`)}:${image.id.replace(/^sha256:/, '').slice(0, 12)}`;
  return {
    reference,
    id: image.id,
    pinned: digest ?? kept,
    kept,
    ...(digest === undefined ? {} : { digest }),
  };
}

const repositoryOf = (reference: string): string =>
  reference
    .replace(/@.*$/, '')
    .replace(/:[^/:]*$/, '')
    .replace(/^docker\.io\/(?:library\/)?/, '');

/** As repositories may be called: lower case, and no separators beside each other or at an end. */
const plain = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

/** Makes the pinned names mean the image again, pulling it by its digest where it is gone. False when it is nowhere. */
export async function hold(docker: Docker, image: PinnedImage): Promise<boolean> {
  let pinned = await means(docker, image.pinned, image.id);
  if (!pinned && image.digest !== undefined) {
    await pulled(docker, image.digest);
    pinned = await means(docker, image.pinned, image.id);
  }
  if (pinned && image.kept === image.pinned) return true;
  if (await means(docker, image.kept, image.id)) return pinned;
  if ((await docker.image(image.id)) === undefined) return false;
  const what = `tag the image of ${image.reference}`;
  await docker.perform(tagImage(image.id, image.kept), { what, timeout: TAG_WITHIN });
  return pinned || means(docker, image.pinned, image.id);
}

const means = async (docker: Docker, reference: string, id: string): Promise<boolean> =>
  (await docker.image(reference))?.id === id;

import { z } from 'zod';
import { explain, HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { type Docker, dockerThrough } from '../../system/docker/docker.ts';
import type { ContainerFacts } from '../../system/docker/facts.ts';
import { formatReference, type ImageReference } from '../../system/registry/reference.ts';
import type { Registry } from '../../system/registry/registry.ts';
import type { Check, Subject } from '../check.ts';
import { readSettings, words } from '../settings.ts';
import { judgeFaults } from '../verdicts.ts';
import { digestsIn, referenceIn, registriesOf } from './registries.ts';
import {
  furtherImages,
  IMAGES_WITHIN,
  type KnownImage,
  NO_IMAGE,
  releaseImages,
  runningOf,
  shortDigest,
} from './release-images.ts';
import { isVersion } from './version.ts';

const ID = checkId('images.tag');

const Settings = z.strictObject({
  images: furtherImages,
  /** Registries besides this machine that speak plain HTTP, as `host:port`. */
  plainHttp: words.default([]),
});

/** One image, and what its tag means wherever it was asked. */
export interface Tagged {
  readonly image: KnownImage;
  readonly reference: ImageReference | undefined;
  /** Running containers that were made of this very tag, or for this service and version. */
  readonly containers: readonly Pick<ContainerFacts, 'name' | 'image'>[];
  /** Digest of the registry; or why it told none, in words. */
  readonly registry: { readonly digest: string } | { readonly silent: string };
}

export function judgeTag(version: string, images: readonly Tagged[]): Evidence {
  if (images.length === 0) return NO_IMAGE;
  const faults = images.flatMap((one) => [...namingFaults(version, one), ...meaningFaults(one)]);
  const containers = images.reduce((sum, one) => sum + one.containers.length, 0);
  const asked = images.filter(({ registry }) => 'digest' in registry).length;
  const details = images.flatMap(({ image, registry }) =>
    'silent' in registry ? [`${image.reference}: ${registry.silent}`] : [],
  );
  return judgeFaults(
    faults,
    `${images.length} of ${images.length} tags are ${version}, and mean one image here, in ${containers} running containers and in ${asked} registries' answers`,
    {
      ...(details.length === 0 ? {} : { details }),
      next: `Tag each image with ${version}, and never give a tag to a second image.`,
    },
  );
}

function namingFaults(version: string, { image, reference }: Tagged): readonly string[] {
  const of = `${image.reference}, the image of ${image.service},`;
  if (reference?.tag === undefined) return [`${of} carries no tag`];
  if (reference.tag === 'latest') return [`${of} is tagged latest, which is whatever came last`];
  return isVersion(reference.tag, version) ? [] : [`${of} is not tagged ${version}`];
}

function meaningFaults({ image, reference, containers, registry }: Tagged): readonly string[] {
  const { facts } = image;
  if (facts === undefined) return [`${image.reference}, the image of ${image.service}, is not on the engine`];
  const elsewhere = containers
    .filter((container) => container.image !== facts.id)
    .map(
      ({ name, image: other }) =>
        `${image.reference} is ${shortDigest(facts.id)} here, and ${shortDigest(other)} in ${name}`,
    );
  const local = reference === undefined ? [] : digestsIn(reference, facts.digests);
  const moved =
    'digest' in registry && !local.includes(registry.digest)
      ? [
          `${image.reference} is ${shortDigest(registry.digest)} in the registry, and ${local.map(shortDigest).join(', ')} here`,
        ]
      : [];
  return [...elsewhere, ...moved];
}

/** Whether the tag is that of the reference, in whatever way either is written. */
function isTag(container: ContainerFacts, reference: ImageReference): boolean {
  const made = referenceIn(container.reference);
  return made !== undefined && plainly(made) === plainly(reference);
}

const plainly = ({ host, repository, tag }: ImageReference): string =>
  formatReference({ host, repository, tag: tag ?? 'latest' });

async function runningContainers(
  subject: Subject,
  docker: Docker,
  images: readonly KnownImage[],
  signal: AbortSignal,
): Promise<(image: KnownImage, reference: ImageReference | undefined) => readonly ContainerFacts[]> {
  const deployed = (await subject.containers?.(signal)) ?? [];
  const everywhere = (await docker.containers([], signal)).filter(({ status }) => status === 'running');
  const ofReleases = await runningOf(
    docker,
    images.flatMap(({ containers }) => containers),
    signal,
  );
  const released = new Set(subject.services.map(({ name }) => name));
  const all = new Map([...everywhere, ...ofReleases].map((container) => [container.id, container]));
  return ({ service, containers }, reference) =>
    [...all.values()].filter(
      (container) =>
        // An edge that the release leaves alone may run the tag of another version.
        (containers.includes(container.id) && released.has(service)) ||
        deployed.some(
          (one) =>
            one.id === container.id &&
            one.service === service &&
            one.version !== undefined &&
            isVersion(one.version, subject.version),
        ) ||
        (reference !== undefined && isTag(container, reference)),
    );
}

/** What the registry says, where the engine has seen the image there; a registry that is away is `images.pushed`'s. */
async function askRegistry(
  registries: Registry,
  { facts }: KnownImage,
  reference: ImageReference | undefined,
  signal: AbortSignal,
): Promise<Tagged['registry']> {
  if (reference === undefined || digestsIn(reference, facts?.digests ?? []).length === 0) {
    return { silent: 'in no registry that is known of' };
  }
  try {
    const { digest: _, ...tag } = reference;
    const digest = await registries.digest(tag, signal);
    return digest === undefined ? { silent: 'its registry has it no more' } : { digest };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof HoldpointError)) throw error;
    return { silent: `its registry was not heard: ${explain(error)}` };
  }
}

export const tag: Check = {
  id: ID,
  timeLimit: IMAGES_WITHIN,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    const docker = dockerThrough(probe.exec);
    const images = await releaseImages(subject, docker, settings.images, probe.signal);
    const registries = registriesOf(subject, probe, settings.plainHttp);
    const containersOf = await runningContainers(subject, docker, images, probe.signal);
    const tagged: Tagged[] = [];
    for (const image of images) {
      const reference = referenceIn(image.reference);
      const registry = await askRegistry(registries, image, reference, probe.signal);
      tagged.push({ image, reference, containers: containersOf(image, reference), registry });
    }
    return judgeTag(subject.version, tagged);
  },
};

import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { dockerThrough } from '../../system/docker/docker.ts';
import { type ImageReference, parseReference } from '../../system/registry/reference.ts';
import type { Check } from '../check.ts';
import { readSettings, words } from '../settings.ts';
import { judgeFaults } from '../verdicts.ts';
import { digestsIn, registriesOf } from './registries.ts';
import { furtherImages, IMAGES_WITHIN, NO_IMAGE, releaseImages, shortDigest } from './release-images.ts';

const ID = checkId('images.pushed');

const Settings = z.strictObject({
  images: furtherImages,
  /** Registries besides this machine that speak plain HTTP, as `host:port`. */
  plainHttp: words.default([]),
});

interface Compared {
  readonly service: string;
  readonly reference: string;
  /** Of its repository, as the engine knows it. */
  readonly local: readonly string[];
  /** Undefined when the registry has no such image, or was not asked since the engine never saw it there. */
  readonly remote: string | undefined;
}

export function judgePushed(images: readonly Compared[]): Evidence {
  if (images.length === 0) return NO_IMAGE;
  const faults = images.flatMap(({ service, reference, local, remote }) => {
    if (local.length === 0) return [`the image ${reference} of ${service} was never pushed`];
    if (remote === undefined) return [`the registry has no ${reference}, the image of ${service}`];
    if (local.includes(remote)) return [];
    const here = local.map(shortDigest).join(', ');
    return [
      `the registry has another ${reference}: ${shortDigest(remote)} there, ${here} here, for ${service}`,
    ];
  });
  const told = images.map(({ service, remote }) => `${service} ${shortDigest(remote ?? '')}`);
  return judgeFaults(faults, `the registry has ${images.length} of ${images.length}: ${told.join(', ')}`, {
    next: 'Push the images that were built, under a tag that nobody moves.',
  });
}

export const pushed: Check = {
  id: ID,
  timeLimit: IMAGES_WITHIN,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    const docker = dockerThrough(probe.exec);
    const images = await releaseImages(subject, docker, settings.images, probe.signal);
    const registries = registriesOf(subject, probe, settings.plainHttp);
    const compared: Compared[] = [];
    for (const { service, reference, facts } of images) {
      const read: ImageReference = parseReference(reference);
      const local = digestsIn(read, facts?.digests ?? []);
      const remote = local.length === 0 ? undefined : await registries.digest(read, probe.signal);
      compared.push({ service, reference, local, remote });
    }
    return judgePushed(compared);
  },
};

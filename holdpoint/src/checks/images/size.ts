import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import { formatBytes, parseBytes } from '../../kernel/quantities.ts';
import { bytes } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { dockerThrough } from '../../system/docker/docker.ts';
import { IMAGES } from '../catalog/images.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import { furtherImages, IMAGES_WITHIN, type KnownImage, NO_IMAGE, releaseImages } from './release-images.ts';

const ID = checkId('images.size');

const Settings = z.strictObject({
  /** Of every image that has no limit of its own. */
  max: bytes.optional(),
  /** As the items of the checklist state them; of two for one service the stricter counts. */
  services: z.array(z.strictObject({ service: z.string().min(1), max: bytes.optional() })).default([]),
  /** What checklists call a service, and what it is called here. */
  aliases: z.record(z.string(), z.string()).default({ celery: 'worker' }),
  images: furtherImages,
});
type Expected = Pick<z.output<typeof Settings>, 'max' | 'services' | 'aliases'>;

const USUAL = new Map(
  Object.entries(IMAGES.find(({ id }) => id === ID)?.expectation?.defaultByService ?? {}).map(
    ([service, max]) => [service, parseBytes(max)],
  ),
);

/** Throws `configuration` when nothing is too large, but a service that a limit names has no image. */
export function judgeSize(expected: Expected, images: readonly KnownImage[]): Evidence {
  if (images.length === 0) return NO_IMAGE;
  const has = (name: string): boolean => images.some(({ service }) => service === name);
  const stated = expected.services.map(({ service, max }) => {
    const alias = expected.aliases[service];
    return { service: !has(service) && alias !== undefined ? alias : service, max };
  });
  const sized = images.map(({ service, reference, facts }) => {
    const own = stated.flatMap((one) => (one.service === service && one.max !== undefined ? [one.max] : []));
    const limit = own.length > 0 ? Math.min(...own) : (expected.max ?? USUAL.get(service));
    return { service, reference, size: facts?.bytes, limit };
  });
  const faults = sized.flatMap(({ service, size, limit }) =>
    size !== undefined && limit !== undefined && size > limit
      ? [`${service} has ${formatBytes(size)}, more than ${formatBytes(limit)}`]
      : [],
  );
  const told = sized.map(
    ({ service, size, limit }) =>
      `${service} ${size === undefined ? 'unknown' : formatBytes(size)}${limit === undefined ? ', which nothing limits' : ` of ${formatBytes(limit)}`}`,
  );
  const absent = sized.find(({ size }) => size === undefined);
  const missing = stated.find(({ service }) => !has(service));
  if (faults.length === 0 && absent !== undefined) {
    throw new HoldpointError('not-found', `the image ${absent.reference} is not on the engine`, {
      next: 'Build or pull it, and check again.',
    });
  }
  if (faults.length === 0 && missing !== undefined) {
    throw new HoldpointError('configuration', `the release has no image of a service '${missing.service}'`, {
      details: told,
      next: `Say under 'images' in the settings of images.built which image '${missing.service}' means, or under 'aliases' of images.size which service.`,
    });
  }
  if (sized.every(({ limit }) => limit === undefined)) {
    return inconclusive('no image has a limit', "State one under 'max' in the settings of images.size.");
  }
  return judgeFaults(faults, told.join(', '), {
    measured: told.join(', '),
    next: 'Leave build tools and caches out of the image, or start from a smaller one.',
  });
}

export const size: Check = {
  id: ID,
  timeLimit: IMAGES_WITHIN,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    const docker = dockerThrough(probe.exec);
    return judgeSize(settings, await releaseImages(subject, docker, settings.images, probe.signal));
  },
};

import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { dockerThrough } from '../../system/docker/docker.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { fail, judgeFaults } from '../verdicts.ts';
import {
  furtherImages,
  IMAGES_WITHIN,
  type KnownImage,
  NO_IMAGE,
  releaseImages,
  shortDigest,
} from './release-images.ts';
import { isVersion } from './version.ts';

const ID = checkId('images.built');

const Settings = z.strictObject({ images: furtherImages });

const VERSION_LABEL = 'org.opencontainers.image.version';
const NEXT = 'Build or pull each image of the release on this engine.';

export function judgeBuilt(version: string, images: readonly KnownImage[]): Evidence {
  if (images.length === 0) return NO_IMAGE;
  const faults = images.flatMap(({ service, reference, facts }) => {
    if (facts === undefined) return [`the image ${reference} of ${service} is not on the engine`];
    const label = facts.labels[VERSION_LABEL];
    return label === undefined || isVersion(label, version)
      ? []
      : [`the image ${reference} of ${service} says that it is version ${label}, not ${version}`];
  });
  const told = images.flatMap(({ service, facts }) =>
    facts === undefined ? [] : [`${service} ${shortDigest(facts.id)}`],
  );
  return judgeFaults(faults, `${told.length} of ${images.length} images: ${told.join(', ')}`, {
    // An image inherits the labels of the one that it is built from.
    next: `${NEXT} Let each set its own label ${VERSION_LABEL}.`,
  });
}

export const built: Check = {
  id: ID,
  timeLimit: IMAGES_WITHIN,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    try {
      const images = await releaseImages(subject, dockerThrough(probe.exec), settings.images, probe.signal);
      return judgeBuilt(subject.version, images);
    } catch (error) {
      // That an image is nowhere is what this check asks; elsewhere it breaks the probe.
      if (!(error instanceof HoldpointError) || error.code !== 'not-found') throw error;
      return fail(error.message, { details: error.details, next: error.next ?? NEXT });
    }
  },
};

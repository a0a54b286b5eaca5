import { z } from 'zod';
import { formatDuration } from '../../kernel/durations.ts';
import { checkId } from '../../kernel/ids.ts';
import { duration } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { dockerThrough } from '../../system/docker/docker.ts';
import type { Check } from '../check.ts';
import { type FoundReport, findReports, staleReports } from '../code/scan.ts';
import { judgeVulnerabilities } from '../code/vulnerabilities.ts';
import { readSettings, type Waiver, waiver, words } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';
import {
  digestIn,
  furtherImages,
  IMAGES_WITHIN,
  type KnownImage,
  NO_IMAGE,
  releaseImages,
  shortDigest,
} from './release-images.ts';

const ID = checkId('images.scanned');

const Settings = z.strictObject({
  /** Reports; `{service}` in a path stands for each service. */
  report: words.optional(),
  maxAge: duration.default(7 * 86_400_000),
  waivers: z.array(waiver).default([]),
  images: furtherImages,
});

interface Expected {
  readonly now: number;
  readonly maxAge: number;
  readonly paths: readonly string[];
  readonly waivers: readonly Waiver[];
}

/** Whether the report says that it looked at this very image; a name is not enough, since a tag can be moved. */
const isOf = ({ report }: FoundReport, { facts }: KnownImage): boolean =>
  facts !== undefined &&
  (report.images ?? []).some(
    (digest) => digest === facts.id || facts.digests.some((known) => digestIn(known) === digest),
  );

export function judgeScanned(
  expected: Expected,
  images: readonly KnownImage[],
  reports: readonly FoundReport[],
): Evidence {
  if (images.length === 0) return NO_IMAGE;
  // Older reports of the same image may lie there too: what counts is the newest.
  const scans = images.map((image) => ({
    image,
    newest: reports.filter((one) => isOf(one, image)).toSorted((a, b) => b.at - a.at)[0],
  }));
  const faults = scans.flatMap(({ image, newest }) =>
    newest === undefined
      ? [
          `no report is of ${image.facts === undefined ? image.reference : shortDigest(image.facts.id)}, the image of ${image.service}`,
        ]
      : staleReports({ ...expected, paths: [] }, [newest]),
  );
  if (faults.length > 0) {
    const missing = expected.paths.filter((path) => !reports.some((one) => one.path === path));
    return judgeFaults(faults, '', {
      expected: `a report of each image, not older than ${formatDuration(expected.maxAge)}`,
      details: missing.map((path) => `there is no report ${path}`),
      next: 'Scan the images that are released, by their digests, and keep the reports there.',
    });
  }
  const counted = scans.flatMap(({ image, newest }) => {
    if (newest === undefined) return [];
    const findings = newest.report.findings.map((one) => ({
      ...one,
      where: `${one.where} of ${image.service}`,
    }));
    return [{ ...newest, report: { ...newest.report, findings } }];
  });
  const { summary, ...evidence } = judgeVulnerabilities(expected, counted);
  const scanned = `${images.length} of ${images.length} images are scanned`;
  return { ...evidence, summary: evidence.verdict === 'fail' ? summary : `${scanned}: ${summary}` };
}

export const scanned: Check = {
  id: ID,
  timeLimit: IMAGES_WITHIN,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    if (settings.report === undefined || settings.report.length === 0) {
      return inconclusive('no scan report is named', "Name them under 'report' in the check's settings.");
    }
    const images = await releaseImages(subject, dockerThrough(probe.exec), settings.images, probe.signal);
    const services = images.map(({ service }) => service);
    const paths = [
      ...new Set(
        settings.report.flatMap((path) => services.map((service) => path.replaceAll('{service}', service))),
      ),
    ];
    const { maxAge, waivers } = settings;
    return judgeScanned(
      { now: probe.clock.now(), maxAge, waivers, paths },
      images,
      await findReports(subject, paths),
    );
  },
};

import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { type Docker, dockerThrough } from '../../system/docker/docker.ts';
import type { ContainerFacts } from '../../system/docker/facts.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { judgeFaults } from '../verdicts.ts';
import {
  furtherImages,
  IMAGES_WITHIN,
  type KnownImage,
  NO_IMAGE,
  releaseImages,
  runningOf,
} from './release-images.ts';

const ID = checkId('images.user');

const uids = z
  .string()
  .regex(/^\d+(?:-\d+)?$/, "write it such as '1001-1007'")
  .transform((text) => {
    const [from = 0, to = from] = text.split('-').map(Number);
    return { from, to };
  });

const Settings = z.strictObject({ uids: uids.prefault('1001-1007'), images: furtherImages });
type Range = z.output<typeof uids>;

/** A container of the image, and as whom its first process runs; undefined when it ended meanwhile. */
export interface RunningUser {
  readonly name: string;
  /** As the engine was told when it was made; empty for root. */
  readonly configured: string;
  readonly uid: number | undefined;
}

export interface ImageUser {
  readonly image: KnownImage;
  readonly running: readonly RunningUser[];
}

export function judgeUser(range: Range, images: readonly ImageUser[]): Evidence {
  if (images.length === 0) return NO_IMAGE;
  const faults = images.flatMap((one) => faultsOf(range, one));
  const told = images.map(
    ({ image, running }) => `${image.service} ${image.user ?? image.facts?.user ?? ''}${resolved(running)}`,
  );
  const silent = images.filter(({ running }) => running.every(({ uid }) => uid === undefined));
  const containers = images.reduce((sum, { running }) => sum + running.length, 0);
  const details = silent.map(
    ({ image }) => `no container of ${image.reference} runs yet; image and deployment were asked`,
  );
  return judgeFaults(
    faults,
    `${told.join(', ')}: agreed by images, deployment and ${containers} containers`,
    {
      expected: `a number from ${range.from} to ${range.to}, the same everywhere`,
      ...(details.length === 0 ? {} : { details }),
      next: 'Write the number after USER in the Dockerfile, and the same or none in the deployment.',
    },
  );
}

/** A name tells no number: that of the running process does. */
const resolved = (running: readonly RunningUser[]): string => {
  const [first] = running.flatMap(({ uid }) => uid ?? []);
  return running.some(({ configured, uid }) => uid !== undefined && numberOf(configured) === undefined)
    ? ` (${first} by its process)`
    : '';
};

function faultsOf(range: Range, { image, running }: ImageUser): readonly string[] {
  const { service, facts, user: declared } = image;
  if (facts === undefined) return [`${image.reference}, the image of ${service}, is not on the engine`];
  const uids = [...new Set(running.flatMap(({ uid }) => uid ?? []))];
  const known = uids.length === 1 ? uids[0] : undefined;
  const judged = [
    ...userFaults(`the image of ${service}`, facts.user, known, range),
    ...(declared === undefined ? [] : userFaults(`the deployment of ${service}`, declared, known, range)),
  ];
  const differs =
    declared !== undefined && nameOf(declared) !== nameOf(facts.user)
      ? [`the image of ${service} says ${shown(facts.user)}, its deployment ${shown(declared)}`]
      : [];
  const wanted = declared ?? facts.user;
  const containers = running.flatMap(({ name, configured, uid }) => {
    const number = numberOf(wanted);
    return [
      ...(nameOf(configured) === nameOf(wanted)
        ? []
        : [`${name} was made for ${shown(configured)}, not for ${shown(wanted)}`]),
      ...(uid !== undefined && number !== undefined && uid !== number
        ? [`${name} runs as ${uid}, not as ${number}`]
        : []),
      ...(uid !== undefined && !(uid >= range.from && uid <= range.to)
        ? [`${name} runs as ${uid}, outside of ${range.from} to ${range.to}`]
        : []),
    ];
  });
  return [...judged, ...differs, ...containers];
}

function userFaults(
  whose: string,
  user: string,
  known: number | undefined,
  { from, to }: Range,
): readonly string[] {
  if (nameOf(user) === '' || nameOf(user) === 'root') return [`${whose} says ${shown(user)}`];
  const number = numberOf(user);
  if (number === undefined) {
    return known === undefined ? [`${whose} says '${nameOf(user)}', a name and no number`] : [];
  }
  return number >= from && number <= to ? [] : [`${whose} says ${number}, outside of ${from} to ${to}`];
}

/** The user without the group. */
const nameOf = (user: string): string => user.replace(/:.*$/, '').trim();

const numberOf = (user: string): number | undefined =>
  /^\d+$/.test(nameOf(user)) ? Number(nameOf(user)) : undefined;

const shown = (user: string): string => (nameOf(user) === '' ? 'nobody, which is root' : nameOf(user));

async function userOf(docker: Docker, container: ContainerFacts, signal: AbortSignal): Promise<RunningUser> {
  const users = await docker.users(container.id, signal);
  return { name: container.name, configured: container.user, uid: users?.get(container.pid) };
}

export const user: Check = {
  id: ID,
  timeLimit: IMAGES_WITHIN,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    const docker = dockerThrough(probe.exec);
    const images: ImageUser[] = [];
    for (const image of await releaseImages(subject, docker, settings.images, probe.signal)) {
      const running: RunningUser[] = [];
      for (const container of await runningOf(docker, image.containers, probe.signal)) {
        running.push(await userOf(docker, container, probe.signal));
      }
      images.push({ image, running });
    }
    return judgeUser(settings.uids, images);
  },
};

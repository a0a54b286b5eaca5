import { type Digest, digest } from '../../kernel/ids.ts';
import type { ContainerFacts } from '../../system/docker/facts.ts';
import type { Revision } from '../target.ts';

/** What compose itself writes on each of its containers. */
export const COMPOSE = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  number: 'com.docker.compose.container-number',
  oneOff: 'com.docker.compose.oneoff',
  configHash: 'com.docker.compose.config-hash',
} as const;

const OWN = {
  project: 'holdpoint.project',
  service: 'holdpoint.service',
  version: 'holdpoint.version',
  revision: 'holdpoint.revision',
} as const;

export const labelsFor = (
  project: string,
  service: string,
  { version, digest: sum }: Revision,
): Readonly<Record<string, string>> => ({
  [OWN.project]: project,
  [OWN.service]: service,
  [OWN.version]: version,
  [OWN.revision]: sum,
});

type Labelled = Pick<ContainerFacts, 'labels'>;

/** The revision that a container was made for; undefined for one that Holdpoint has not made. */
export function labelledRevision({ labels }: Labelled): Revision | undefined {
  const version = labels[OWN.version];
  const sum = labels[OWN.revision];
  if (version === undefined || version === '' || sum === undefined || !isDigest(sum)) return undefined;
  return { version, digest: digest(sum) };
}

/** The service, for a container that compose made to stay: not one of `compose run`. */
export function serviceOf({ labels }: Labelled): string | undefined {
  return labels[COMPOSE.oneOff]?.toLowerCase() === 'true' ? undefined : labels[COMPOSE.service];
}

export const numberOf = ({ labels }: Labelled): number => Number(labels[COMPOSE.number] ?? 0) || 0;

const isDigest = (text: string): text is Digest => /^[0-9a-f]{64}$/.test(text);

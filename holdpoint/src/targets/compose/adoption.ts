import { canonicalJson, sha256 } from '../../kernel/canonical.ts';
import type { ContainerFacts } from '../../system/docker/facts.ts';
import type { Revision } from '../target.ts';
import { COMPOSE, labelledRevision, serviceOf } from './labels.ts';
import type { ReleaseRecord } from './release.ts';

const VERSION_LABEL = 'org.opencontainers.image.version';

/** What containers that plain compose has started are, by service: image and configuration of each. */
export type Unlabelled = Readonly<Record<string, readonly string[]>>;

/** Of these containers, those of the released services that Holdpoint has not made. */
export function unlabelled(services: readonly string[], containers: readonly ContainerFacts[]): Unlabelled {
  const found = services.map((service) => {
    const own = foreign(containers).filter((container) => serviceOf(container) === service);
    return [service, [...new Set(own.map(keyOf))].sort()] as const;
  });
  return Object.fromEntries(found.filter(([, keys]) => keys.length > 0));
}

export const foreign = (containers: readonly ContainerFacts[]): readonly ContainerFacts[] =>
  containers.filter((container) => labelledRevision(container) === undefined);

const keyOf = ({ image, labels }: ContainerFacts): string => `${image} ${labels[COMPOSE.configHash] ?? ''}`;

/**
 * The one revision that they are: a recorded one, as long as they are no more than a part of it, since a roll takes
 * them away one by one; else the one that their content makes.
 */
export function adoptedRevision(
  services: readonly string[],
  containers: readonly ContainerFacts[],
  records: readonly ReleaseRecord[],
): Revision | undefined {
  const present = unlabelled(services, containers);
  if (Object.keys(present).length === 0) return undefined;
  const [recorded] = records
    .filter(({ adopted }) => adopted !== undefined && isPart(present, adopted.services))
    .sort((a, b) => (b.adopted?.at ?? 0) - (a.adopted?.at ?? 0));
  if (recorded !== undefined) return recorded.revision;
  const content = { adopted: Object.fromEntries(Object.entries(present)) };
  return { version: versionOf(services, foreign(containers)), digest: sha256(canonicalJson(content)) };
}

const isPart = (some: Unlabelled, whole: Unlabelled): boolean =>
  Object.entries(some).every(([service, keys]) => keys.every((key) => whole[service]?.includes(key)));

/** As the images say themselves, else as they are tagged; the first released service that says anything decides. */
function versionOf(services: readonly string[], containers: readonly ContainerFacts[]): string {
  const inOrder = services.flatMap((service) => containers.filter((one) => serviceOf(one) === service));
  const said = inOrder.map(({ labels }) => labels[VERSION_LABEL]).find((version) => version);
  const tagged = inOrder.map(({ reference }) => /:([\w][\w.-]*)$/.exec(reference)?.[1]);
  const tag = tagged.find((one, index) => one && !/^sha256:|@/.test(inOrder[index]?.reference ?? ''));
  return said ?? tag ?? 'unlabelled';
}

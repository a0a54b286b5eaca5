import type { Evidence } from '../../kernel/verdict.ts';
import { dockerThrough } from '../../system/docker/docker.ts';
import { isLoopback, portOf, publicUrl } from '../addresses.ts';
import type { Probe, Subject } from '../check.ts';
import { type Deployed, deployedContainers } from '../deployment.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';

interface Expected {
  /** Services that are meant to be reached from outside, besides the edge. */
  readonly open: readonly string[];
  /** Whether all others may be in internal networks only. */
  readonly internal: boolean;
  /** Port of the public address: who publishes it is the edge. */
  readonly port: number | undefined;
}

function judgePublished(
  { open, internal, port }: Expected,
  containers: readonly Deployed[],
  outward: ReadonlySet<string>,
): Evidence {
  if (containers.length === 0) {
    return inconclusive('no container of the deployment runs', 'Start the system and check again.');
  }
  const outside = ({ container }: Deployed) =>
    container.published.filter(({ address }) => !isLoopback(address));
  const edges = new Set(
    containers
      .filter((one) => outside(one).some((published) => published.port === port))
      .map(({ service }) => service),
  );
  const closed = containers.filter(({ service }) => !open.includes(service) && !edges.has(service));
  const faults = closed.flatMap((one) => {
    const { name, onHostNetwork, addresses } = one.container;
    const leading = internal ? Object.keys(addresses).filter((network) => outward.has(network)) : [];
    return [
      ...(onHostNetwork ? [`${name} has the host's network, and with it all of its ports`] : []),
      ...outside(one).map(
        (published) => `${name} publishes ${published.inside} at ${published.address}:${published.port}`,
      ),
      ...leading.map((network) => `${name} is in ${network}, which leads outside`),
    ];
  });
  const reached = [...new Set([...edges, ...open])].join(', ');
  return judgeFaults(
    [...new Set(faults)],
    `${closed.length} of ${containers.length} containers publish nothing; from outside one reaches ${reached === '' ? 'none' : reached}`,
    {
      next: "Publish the edge's ports only, or name what is meant to be open under 'open' in the check's settings.",
    },
  );
}

/** Whether the edge alone can be reached from outside, by the ports that containers really publish. */
export async function lookAtPublished(
  subject: Subject,
  { exec, signal }: Probe,
  settings: Pick<Expected, 'open' | 'internal'>,
): Promise<Evidence> {
  const docker = dockerThrough(exec);
  const containers = await deployedContainers(subject, docker, signal);
  const names = new Set(containers.flatMap(({ container }) => Object.keys(container.addresses)));
  const outward = new Set<string>();
  for (const name of names) {
    if ((await docker.network(name, signal))?.internal !== true) outward.add(name);
  }
  const url = publicUrl(subject);
  return judgePublished(
    { ...settings, port: url === undefined ? undefined : portOf(url) },
    containers,
    outward,
  );
}

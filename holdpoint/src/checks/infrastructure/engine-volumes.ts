import { HoldpointError } from '../../kernel/errors.ts';
import { formatBytes } from '../../kernel/quantities.ts';
import { dockerThrough } from '../../system/docker/docker.ts';
import type { Probe, Subject } from '../check.ts';
import { deployedContainers } from '../deployment.ts';
import { engineHost } from './engine-host.ts';

/** What is wrong with the engine's volumes, and what they are. */
export interface VolumesSeen {
  readonly faults: readonly string[];
  readonly told: string;
}

/**
 * The volumes that are named, and those that running containers of the deployment have: all present, with room where
 * the engine keeps them. Throws `unreachable` without an engine, and where its free space cannot be seen.
 */
export async function seeVolumes(
  subject: Subject,
  { exec, signal }: Probe,
  expected: { readonly names: readonly string[]; readonly free: number },
): Promise<VolumesSeen> {
  const docker = dockerThrough(exec);
  const containers = await deployedContainers(subject, docker, signal);
  const mounted = containers.flatMap(({ container }) =>
    container.mounts.flatMap(({ volume }) => (volume === undefined ? [] : [volume])),
  );
  const names = [...new Set([...expected.names, ...mounted])];
  if (names.length === 0) return { faults: [], told: '' };
  const missing: string[] = [];
  for (const name of names) {
    if ((await docker.volume(name, signal)) === undefined) missing.push(`there is no volume ${name}`);
  }
  const { engine, disk } = await engineHost(docker, signal);
  if (disk === undefined) {
    throw new HoldpointError(
      'unreachable',
      `the free space of '${engine.machine}' cannot be seen from here`,
      {
        next: 'Check on the machine of the engine, or let a person look and sign.',
      },
    );
  }
  const short =
    disk < expected.free
      ? [`the volumes have ${formatBytes(disk)} free, not ${formatBytes(expected.free)}`]
      : [];
  return {
    faults: [...missing, ...short],
    told: `${names.length} volumes with ${formatBytes(disk)} free`,
  };
}

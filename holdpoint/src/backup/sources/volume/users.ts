import type { Docker } from '../../../system/docker/docker.ts';
import type { ContainerFacts } from '../../../system/docker/facts.ts';
import type { VolumePlace } from './place.ts';

/** A container that mounts a volume. */
export interface VolumeUser {
  readonly container: ContainerFacts;
  readonly writable: boolean;
}

/** By the volume's name, or by a folder in it. */
export async function usersOf(
  docker: Docker,
  { name, folder }: VolumePlace,
  signal?: AbortSignal,
): Promise<readonly VolumeUser[]> {
  return (await docker.containers([], signal)).flatMap((container) => {
    const mounts = container.mounts.filter(
      ({ volume, source }) => volume === name || source === folder || source.startsWith(`${folder}/`),
    );
    if (mounts.length === 0) return [];
    return [{ container, writable: mounts.some(({ writable }) => writable) }];
  });
}

/** Those that can write at this moment. */
export function writers(users: readonly VolumeUser[]): readonly ContainerFacts[] {
  return users
    .filter(({ writable, container }) => writable && isWorking(container))
    .map(({ container }) => container);
}

export const isWorking = ({ status }: ContainerFacts): boolean =>
  status === 'running' || status === 'restarting';

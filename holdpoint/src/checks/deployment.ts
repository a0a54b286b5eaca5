import type { Docker } from '../system/docker/docker.ts';
import type { ContainerFacts } from '../system/docker/facts.ts';
import type { Subject } from './check.ts';

/** A running container of the deployment, as the engine tells it. */
export interface Deployed {
  readonly service: string;
  /** Of the release that it was made for, where it was made for one. */
  readonly version?: string;
  readonly container: ContainerFacts;
}

/** Every container that runs for the deployment, of whichever service; one that went meanwhile is left out. */
export async function deployedContainers(
  subject: Subject,
  docker: Docker,
  signal: AbortSignal,
): Promise<readonly Deployed[]> {
  const found: Deployed[] = [];
  for (const { id, ...one } of (await subject.containers?.(signal)) ?? []) {
    const container = await docker.container(id, signal);
    if (container?.status === 'running') found.push({ ...one, container });
  }
  return found;
}

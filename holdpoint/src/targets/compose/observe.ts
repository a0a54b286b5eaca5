import type { ReplicaId } from '../../kernel/ids.ts';
import type { ContainerFacts } from '../../system/docker/facts.ts';
import { type EdgeView, isRouted } from '../edge/edge.ts';
import { replicaIdOf } from '../rolling/steps.ts';
import type { Replica, Revision } from '../target.ts';
import { addressOf } from './address.ts';
import { adoptedRevision } from './adoption.ts';
import type { Context } from './context.ts';
import { COMPOSE, labelledRevision, numberOf, serviceOf } from './labels.ts';
import type { Note } from './notes.ts';

/** One replica as it was found on the engine. */
export interface Sighting {
  readonly id: ReplicaId;
  readonly service: string;
  readonly revision: Revision;
  readonly container: ContainerFacts;
  readonly draining: boolean;
  /** `host:port`; of one that has stopped, where the edge was last told that it answers. */
  readonly address?: string;
  /** Where the edge was last told that it answers; undefined while the edge does not list it. */
  readonly told?: string;
}

/** Milliseconds after which a service that tells nothing of itself counts as ready while it runs. */
const READY_UNASKED = 1_000;
const PROBE_WITHIN = 2_000;

/** Every container of the project that was made to stay, whichever service it belongs to. */
export async function containersOf(
  { docker, project }: Context,
  signal?: AbortSignal,
): Promise<readonly ContainerFacts[]> {
  const found = await docker.containers([`${COMPOSE.project}=${project.name}`], signal);
  return found.filter((container) => serviceOf(container) !== undefined);
}

/** Every replica of the released services, and of those that an earlier specification released and the files lack now. */
export const sightings = async (context: Context, signal?: AbortSignal): Promise<readonly Sighting[]> =>
  sightingsAmong(context, await containersOf(context, signal));

/** The same, of containers that were looked at already. */
export async function sightingsAmong(
  context: Context,
  containers: readonly ContainerFacts[],
): Promise<readonly Sighting[]> {
  const [noted, records] = await Promise.all([context.notes.all(), context.records.all()]);
  const services = Object.keys(context.settings.services);
  const adopted = adoptedRevision(services, containers, records);
  const found = containers.flatMap((container) => {
    const service = serviceOf(container) ?? '';
    const note = noted.get(container.id);
    const revision = note?.kept ?? labelledRevision(container) ?? adopted;
    const retired = labelledRevision(container) !== undefined && !isKnown(context, service);
    if (revision === undefined || !(services.includes(service) || retired)) return [];
    return [sightingOf(context, container, service, revision, note)];
  });
  context.seen.moved = found.some(hasMoved);
  return found;
}

/** An engine that was started anew, or a container that was, may have given it another address. */
export const hasMoved = ({ told, address, container }: Sighting): boolean =>
  told !== undefined && container.status === 'running' && address !== undefined && told !== address;

export async function sighted(
  context: Context,
  replica: ReplicaId,
  signal?: AbortSignal,
): Promise<Sighting | undefined> {
  return (await sightings(context, signal)).find(({ id }) => id === replica);
}

/** The same container as it is now; undefined when it is gone. */
export async function again(
  context: Context,
  sighting: Sighting,
  signal?: AbortSignal,
): Promise<Sighting | undefined> {
  const container = await context.docker.container(sighting.container.id, signal);
  if (container === undefined) return undefined;
  const address = addressOf(context, sighting.service, container);
  return { ...sighting, container, ...(address === undefined ? {} : { address }) };
}

const isKnown = ({ project }: Context, service: string): boolean =>
  Object.hasOwn(project.services, service) || project.inactive.includes(service);

function sightingOf(
  context: Context,
  container: ContainerFacts,
  service: string,
  revision: Revision,
  note: Note | undefined,
): Sighting {
  const address = addressOf(context, service, container) ?? note?.address;
  return {
    id: replicaIdOf(service, revision, numberOf(container)),
    service,
    revision: { version: revision.version, digest: revision.digest },
    container,
    draining: note?.draining === true || container.status === 'removing',
    ...(address === undefined ? {} : { address }),
    ...(note?.address === undefined ? {} : { told: note.address }),
  };
}

export const hasEnded = ({ container: { status } }: Sighting): boolean =>
  status === 'exited' || status === 'dead';

/** A sighting as the port tells it; asks the replica itself whether it is ready. */
export async function asReplica(
  context: Context,
  sighting: Sighting,
  edge: EdgeView | undefined,
  signal?: AbortSignal,
): Promise<Replica> {
  const { id, service, revision, container, draining, address } = sighting;
  const state = await stateOf(context, sighting, signal);
  const { pid, outOfMemory, createdAt, startedAt } = container;
  return {
    id,
    service,
    revision,
    state,
    ...(address === undefined ? {} : { address }),
    routed: routedOf(context, sighting, edge, state),
    // One that was made and never started tells year 1.
    startedAt: Math.max(createdAt, startedAt),
    ...(pid === 0 ? {} : { pid }),
    ...(state === 'dead' && !draining && outOfMemory ? { ended: 'oom-killed' } : {}),
  };
}

/** Without an edge the engine's own names lead to every container that runs, ready or not. */
function routedOf(
  context: Context,
  { service, container, address }: Sighting,
  edge: EdgeView | undefined,
  state: Replica['state'],
): boolean {
  if (edge !== undefined) return address !== undefined && isRouted(edge, service, address);
  const runs = container.status === 'running' && (state === 'starting' || state === 'ready');
  return runs && context.service(service)?.routed === true;
}

async function stateOf(
  context: Context,
  sighting: Sighting,
  signal: AbortSignal | undefined,
): Promise<Replica['state']> {
  if (hasEnded(sighting)) return 'dead';
  if (sighting.draining) return 'draining';
  return (await isReady(context, sighting, signal)) ? 'ready' : 'starting';
}

/**
 * The path that the specification names decides, since it asks for just this; else the container's own health check;
 * else that it runs. A health check that has failed outweighs both.
 */
async function isReady(
  { http, clock, service: settingsOf }: Context,
  { service, container, address }: Sighting,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const { status, health, startedAt } = container;
  if (status !== 'running' || health === 'unhealthy') return false;
  const ready = settingsOf(service)?.ready;
  if (ready === undefined) {
    return health === 'none' ? clock.now() - startedAt >= READY_UNASKED : health === 'healthy';
  }
  if (address === undefined) return false;
  try {
    const url = `http://${address}${ready}`;
    const answer = await http({ url, timeout: PROBE_WITHIN, ...(signal === undefined ? {} : { signal }) });
    return answer.status >= 200 && answer.status < 300;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}

import { formatDuration } from '../../kernel/durations.ts';
import { removeContainer, stopContainer } from '../../system/docker/commands.ts';
import type { Edge, EdgeView } from '../edge/edge.ts';
import { listed } from '../edge/upstreams.ts';
import type { RollingAction } from '../rolling/steps.ts';
import type { Authority, StepOutcome } from '../target.ts';
import { adopt } from './available.ts';
import type { Context } from './context.ts';
import { labelledRevision } from './labels.ts';
import { CAPTURED, keepLog, linesOf } from './logs.ts';
import { again, hasEnded, type Sighting, sighted } from './observe.ts';
import { prune } from './prune.ts';

const POLL = 50;
/** Milliseconds beyond the grace period for the engine to kill and bury. */
const BURIAL = 30_000;
const DEFAULT_DRAIN = 15_000;
/** Exit status of what ended by SIGKILL. */
const KILLED = 137;

/**
 * Stops a replica so that no request is lost: first the edge confirms that it sends no more, then the open requests
 * end (or `drainWithin` passes), then the container's own stop signal, and SIGKILL after its grace period. A drain that
 * was cut off is taken up without a second signal, which some servers take for "at once".
 */
export async function drain(
  context: Context,
  edge: Edge | undefined,
  { service, replica, revision }: RollingAction,
  authority: Authority,
): Promise<StepOutcome> {
  const sighting = await sighted(context, replica, authority.signal);
  if (sighting === undefined) return { summary: `${replica} was gone already` };
  // Before the first of those goes that plain compose has started: they are told by all of them together.
  if (labelledRevision(sighting.container) === undefined) await adopt(context);
  const within = context.service(service)?.drainWithin ?? DEFAULT_DRAIN;
  const recorded = await context.records.read(revision).catch(() => undefined);
  const grace = recorded?.services[service]?.grace ?? within;
  await quieten(context, edge, sighting, within, authority);
  await context.admit(authority);
  const how = await end(context, sighting, grace, authority.signal);
  const captured = await linesOf(context, sighting.container, CAPTURED);
  await keepLog(context, replica, captured);
  await remove(context, sighting, authority.signal);
  await context.records.used(revision, context.clock.now(), 'served');
  // What cannot be let go now costs some room, and must not cost the release.
  await prune(context, authority.signal).catch(() => undefined);
  return { summary: `${replica} ${how}`, captured };
}

/** Takes it from the edge and waits for what is open there. */
async function quieten(
  context: Context,
  edge: Edge | undefined,
  { service, address, container, draining }: Sighting,
  within: number,
  authority: Authority,
): Promise<void> {
  if (edge === undefined || address === undefined) return;
  const abort = authority.signal;
  const runs = container.status === 'running' && context.service(service)?.routed !== false;
  const view = await edge.view(abort);
  const { upstreams } = view;
  if (listed(upstreams, service, address) || (runs && !wasReleased(context, container.id, view))) {
    await edge.set(service, address, false, authority);
    await context.notes.forgetAddress(container.id);
  }
  if (!runs || draining) return;
  const deadline = context.clock.now() + within;
  while (context.clock.now() < deadline) {
    const open = await edge.inflight(address, abort);
    if (open === undefined || open === 0) return;
    await context.clock.wait(POLL, abort);
  }
}

/** The edge itself has to say that it goes by the list as it is. */
const wasReleased = ({ released }: Context, container: string, { upstreams, status }: EdgeView): boolean =>
  released.has(container) && status?.generation === upstreams.generation;

async function end(
  context: Context,
  sighting: Sighting,
  grace: number,
  signal: AbortSignal,
): Promise<string> {
  const { container, draining } = sighting;
  if (hasEnded(sighting)) return 'was dead already';
  if (container.status === 'created') return 'had never run';
  const began = context.clock.now();
  if (!draining || !(await endsWithin(context, sighting, grace, signal))) {
    await context.notes.add(container.id, { draining: true });
    const command = stopContainer(container.id, Math.ceil(grace / 1_000));
    const options = { what: `stop the container ${container.name}`, timeout: grace + BURIAL, signal };
    // It may have ended by itself in between, which an engine calls an error.
    await context.docker.perform(command, options).catch(async (error: unknown) => {
      const now = await again(context, sighting, signal);
      if (now !== undefined && !hasEnded(now)) throw error;
    });
  }
  const took = context.clock.now() - began;
  const left = await again(context, sighting, signal);
  return left?.container.exitCode === KILLED && took >= grace
    ? `did not end within ${formatDuration(grace)} and was killed`
    : `ended by itself after ${formatDuration(took)}`;
}

/** Whether one that was told to stop before does so by itself. */
async function endsWithin(
  context: Context,
  sighting: Sighting,
  milliseconds: number,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = context.clock.now() + milliseconds;
  for (;;) {
    const now = await again(context, sighting, signal);
    if (now === undefined || hasEnded(now)) return true;
    if (context.clock.now() >= deadline) return false;
    await context.clock.wait(POLL, signal);
  }
}

async function remove(context: Context, sighting: Sighting, signal: AbortSignal): Promise<void> {
  const { container } = sighting;
  const what = `remove the container ${container.name}`;
  await context.docker
    .perform(removeContainer(container.id), { what, timeout: BURIAL, signal })
    .catch(async (error: unknown) => {
      if ((await again(context, sighting, signal)) !== undefined) throw error;
    });
  await context.notes.remove(container.id);
}

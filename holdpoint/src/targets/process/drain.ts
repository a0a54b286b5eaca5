import { formatDuration } from '../../kernel/durations.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { type ProcessIdentity, signal, waitForExit } from '../../system/exec/processes.ts';
import type { Edge } from '../edge/edge.ts';
import { listed } from '../edge/upstreams.ts';
import type { RollingAction } from '../rolling/steps.ts';
import type { Authority, StepOutcome } from '../target.ts';
import type { Context } from './context.ts';
import { lastLines, logFile } from './logs.ts';
import { type Sighting, sightingOf, sightings } from './observe.ts';
import { CAPTURED } from './start.ts';

const POLL = 50;
/** Milliseconds for the kernel to take away what was killed. */
const BURIAL = 5_000;
const DEFAULT_DRAIN = 15_000;

/**
 * Stops a replica so that no request is lost: first the edge confirms that it sends no more, then the open requests
 * end (or `drainWithin` passes), then SIGTERM, and SIGKILL when it has not ended within `drainWithin` again. Its children
 * end with it. A drain that was cut off is taken up without a second SIGTERM, which some servers take for "at once".
 */
export async function drain(
  context: Context,
  edge: Edge | undefined,
  { service, replica }: RollingAction,
  authority: Authority,
): Promise<StepOutcome> {
  const sighting = await sightingOf(context, replica);
  if (sighting === undefined) return { summary: `${replica} was gone already` };
  const within = context.settings.services[service]?.drainWithin ?? DEFAULT_DRAIN;
  await quieten(context, edge, sighting, within, authority);
  await context.admit(authority);
  const how = await end(context, sighting, within, authority.signal);
  const captured = await lastLines(logFile(context.state, replica), CAPTURED, context.secrets);
  await bury(context, sighting);
  return { summary: `${replica} ${how}`, captured };
}

/** Takes it from the edge and waits for what is open there. */
async function quieten(
  context: Context,
  edge: Edge | undefined,
  { label: { service, address }, process, draining }: Sighting,
  within: number,
  authority: Authority,
): Promise<void> {
  const abort = authority.signal;
  if (edge === undefined) return;
  const { upstreams } = await edge.view(abort);
  const routes = process !== undefined && context.settings.services[service]?.routed !== false;
  if (routes || listed(upstreams, service, address)) await edge.set(service, address, false, authority);
  if (!routes || draining) return;
  const deadline = context.clock.now() + within;
  while (context.clock.now() < deadline) {
    const open = await edge.inflight(address, abort);
    if (open === undefined || open === 0) return;
    await context.clock.wait(POLL, abort);
  }
}

async function end(
  context: Context,
  { label, process, draining }: Sighting,
  within: number,
  abort: AbortSignal,
): Promise<string> {
  if (process === undefined) return 'was dead already';
  const began = context.clock.now();
  if (!draining) {
    await signal(process, 'SIGTERM');
    await context.records.write({ label, process, draining: true });
  }
  if (await waitForExit(process, within, abort)) {
    return `ended by itself after ${formatDuration(context.clock.now() - began)}`;
  }
  await kill([process]);
  return `did not end within ${formatDuration(within)} and was killed`;
}

/** Whatever the replica left running goes too; only then is it forgotten. */
async function bury(context: Context, { label }: Sighting): Promise<void> {
  const left = await sightingOf(context, label.replica);
  await kill(left?.members ?? []);
  await context.records.remove(label.replica);
}

async function kill(processes: readonly ProcessIdentity[]): Promise<void> {
  await Promise.all(processes.map((process) => signal(process, 'SIGKILL', { group: true })));
  const ended = await Promise.all(processes.map((process) => waitForExit(process, BURIAL)));
  const survivor = processes.find((_process, index) => ended[index] === false);
  if (survivor === undefined) return;
  throw new HoldpointError('timeout', `process ${survivor.pid} does not end even when killed`, {
    next: 'See what it waits for (`ps -o stat,wchan`), then resume.',
  });
}

/**
 * Takes the whole environment down: every replica of every revision, also of runs that were cut off. Waits `within`
 * milliseconds for them to end by themselves. Returns what was stopped.
 */
export async function stopAll(
  context: Context,
  edge: Edge | undefined,
  within: number,
): Promise<readonly Sighting[]> {
  await edge?.clear();
  const stopped: Sighting[] = [];
  // A run that is being cut off may start one more while we look.
  for (let round = 0; round < 5; round += 1) {
    const found = await sightings(context);
    if (found.length === 0) break;
    await Promise.all(
      found.map(async (sighting) => {
        if (sighting.process !== undefined) {
          await signal(sighting.process, 'SIGTERM');
          await waitForExit(sighting.process, within);
        }
        await bury(context, sighting);
      }),
    );
    stopped.push(...found);
  }
  return stopped;
}

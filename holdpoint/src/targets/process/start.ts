import { formatDuration } from '../../kernel/durations.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { listensOn } from '../../system/exec/listening.ts';
import { isAlive } from '../../system/exec/processes.ts';
import type { Edge } from '../edge/edge.ts';
import type { RollingAction } from '../rolling/steps.ts';
import type { Authority, StepOutcome } from '../target.ts';
import type { Context } from './context.ts';
import type { Label } from './labels.ts';
import { launch } from './launch.ts';
import { lastLines, logFile } from './logs.ts';
import { asReplica, type Sighting, sightingOf, sightings } from './observe.ts';
import { assertRelease } from './release.ts';

/** Lines of its log that are kept of a replica that died, failed to get ready, or was stopped. */
export const CAPTURED = 40;
const POLL = 100;
const RELAUNCHES = 3;
const PORT_TAKEN = /EADDRINUSE|address already in use/i;

/** Starts a replica unless one with its label lives already. */
export async function start(
  context: Context,
  edge: Edge | undefined,
  action: RollingAction,
  authority: Authority,
): Promise<StepOutcome> {
  const living = await sightingOf(context, action.replica);
  if (living?.process !== undefined) return { summary: `${action.replica} runs already` };
  await assertRelease(context.folder, context.settings.releases, action.revision);
  const taken = await takenAddresses(context, edge);
  await context.admit(authority);
  const { address } = await launch(context, action, taken);
  return { summary: `${action.replica} started on ${address}` };
}

/**
 * Waits until a replica says that it is ready. Throws `command-failed` when it dies, `timeout` after `startWithin`,
 * both with the last lines of its log; it is left as it is for the roll-back to take away.
 */
export async function awaitReady(
  context: Context,
  edge: Edge | undefined,
  action: RollingAction,
  authority: Authority,
): Promise<StepOutcome> {
  const { startWithin } = context.service(action.service);
  const began = context.clock.now();
  let relaunches = 0;
  for (;;) {
    const sighting = await sightingOf(context, action.replica);
    if (sighting?.process === undefined) {
      const captured = await lastLines(logFile(context.state, action.replica), CAPTURED, context.secrets);
      if (relaunches >= RELAUNCHES || !captured.some((line) => PORT_TAKEN.test(line))) {
        throw died(action, captured);
      }
      relaunches += 1;
      const taken = await takenAddresses(context, edge);
      await context.admit(authority);
      await launch(context, action, taken);
    } else if (await becomesReady(context, sighting, began + startWithin, authority)) {
      // Whoever started it may have been killed before it could write this down.
      const { label, process, draining, kills } = sighting;
      await context.records.write({ label, process, draining, ...(kills === undefined ? {} : { kills }) });
      const took = formatDuration(context.clock.now() - sighting.label.startedAt);
      return { summary: `${action.replica} is ready ${took} after its start` };
    } else if (context.clock.now() >= began + startWithin) {
      const captured = await lastLines(logFile(context.state, action.replica), CAPTURED, context.secrets);
      throw new HoldpointError(
        'timeout',
        `${action.replica} was not ready within ${formatDuration(startWithin)}`,
        { details: captured, next: 'Read the last lines of its log above; the old replicas still serve.' },
      );
    }
  }
}

/** Asks until it is ready (true), or until it has died or the time is up (false). */
async function becomesReady(
  context: Context,
  sighting: Sighting,
  deadline: number,
  { signal }: Authority,
): Promise<boolean> {
  while (sighting.process !== undefined && (await isAlive(sighting.process))) {
    const { state } = await asReplica(context, sighting, undefined, signal);
    if (state === 'ready' && !(await answersForAnother(context, sighting.label))) return true;
    if (context.clock.now() >= deadline) return false;
    await context.clock.wait(POLL, signal);
  }
  return false;
}

/** Somebody else may have taken the port and answer in its stead, until the replica finds out and dies of it. */
async function answersForAnother(context: Context, { replica, address }: Label): Promise<boolean> {
  const members = (await sightingOf(context, replica))?.members ?? [];
  const pids = members.map(({ pid }) => pid);
  return (await listensOn(pids, Number(/:(\d+)$/.exec(address)?.[1]))) === false;
}

const died = ({ replica }: RollingAction, captured: readonly string[]): HoldpointError =>
  new HoldpointError('command-failed', `${replica} died before it was ready`, {
    details: captured,
    next: 'Read the last lines of its log above; the old replicas still serve.',
  });

async function takenAddresses(context: Context, edge: Edge | undefined): Promise<ReadonlySet<string>> {
  const [known, view] = await Promise.all([sightings(context), edge?.view()]);
  return new Set([
    ...known.map(({ label }) => label.address),
    ...Object.values(view?.upstreams.services ?? {}).flat(),
  ]);
}

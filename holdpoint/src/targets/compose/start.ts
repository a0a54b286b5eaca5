import { formatDuration } from '../../kernel/durations.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { startContainer } from '../../system/docker/commands.ts';
import type { ContainerFacts } from '../../system/docker/facts.ts';
import { type RollingAction, replicaIdOf, sameRevision, slotOf } from '../rolling/steps.ts';
import type { Authority, StepOutcome } from '../target.ts';
import { assertHeld, recordFor } from './available.ts';
import { createContainers } from './commands.ts';
import type { Context } from './context.ts';
import { assertNeeds } from './dependencies.ts';
import { labelledRevision, numberOf, serviceOf } from './labels.ts';
import { CAPTURED, linesOf } from './logs.ts';
import { joining } from './networks.ts';
import {
  again,
  asReplica,
  containersOf,
  hasEnded,
  type Sighting,
  sighted,
  sightingsAmong,
} from './observe.ts';

const CREATE_WITHIN = 300_000;
const START_WITHIN = 120_000;
const POLL = 100;
/** A container that the engine has started anew so often is not getting anywhere. */
const RESTARTS = 3;

/** Makes the container of a replica and starts it; finishes what was cut off between the two. */
export async function start(
  context: Context,
  action: RollingAction,
  authority: Authority,
): Promise<StepOutcome> {
  const containers = await containersOf(context, authority.signal);
  const there = (await sightingsAmong(context, containers)).find(({ id }) => id === action.replica);
  if (there?.container.status === 'running') return { summary: `${action.replica} runs already` };
  const sighting = there ?? (await create(context, action, containers, authority));
  await context.admit(authority);
  await startIt(context, sighting, authority.signal);
  await context.records.used(action.revision, context.clock.now(), 'served');
  return { summary: `${action.replica} started as the container ${sighting.container.name}` };
}

async function startIt(context: Context, sighting: Sighting, signal: AbortSignal): Promise<void> {
  const { container, revision, service } = sighting;
  const what = `start the container ${container.name}`;
  const options = { what, timeout: START_WITHIN, signal };
  if (container.status === 'created') {
    const { document } = await recordFor(context, revision);
    for (const command of joining(document, context.project.name, service, container)) {
      await context.docker.perform(command, options);
    }
  }
  await context.docker.perform(startContainer(container.id), options);
}

/** Through compose, so that everything the files say of the service is honoured. */
async function create(
  context: Context,
  action: RollingAction,
  containers: readonly ContainerFacts[],
  authority: Authority,
): Promise<Sighting> {
  const { service, revision, replica } = action;
  const record = await recordFor(context, revision);
  if (record.services[service] === undefined) {
    throw new HoldpointError('not-found', `release ${revision.version} has no service '${service}'`, {
      next: 'Release a version that has it, or take the service out of the specification.',
    });
  }
  await assertNeeds(context, record, service, containers);
  // A tag of our own is a tag: somebody may have moved it since the plan was made.
  await assertHeld(context, record, [service]);
  const own = containers.filter((one) => serviceOf(one) === service);
  const number = Math.max(0, ...own.map(numberOf)) + 1;
  if (number !== slotOf({ id: replica, service, revision })) {
    throw new HoldpointError(
      'conflict',
      `the next container of '${service}' would be number ${number}, so this is not ${replica}: its containers have changed since the plan was made`,
      { next: 'See who else runs compose on this project, then resume: the release is planned anew.' },
    );
  }
  await context.admit(authority);
  const command = createContainers(
    await context.compose(),
    context.placed(revision),
    service,
    own.length + 1,
  );
  await context.docker.perform(command, {
    what: `make a container of '${service}'`,
    timeout: CREATE_WITHIN,
    signal: authority.signal,
  });
  const made = await sighted(context, replicaIdOf(service, revision, number), authority.signal);
  const label = made === undefined ? undefined : labelledRevision(made.container);
  if (made !== undefined && label !== undefined && sameRevision(label, revision)) return made;
  throw new HoldpointError('internal', `compose ended well, but there is no container of ${replica}`, {
    next: 'Compare the version of compose with those that the documentation names.',
  });
}

/**
 * Waits until a replica says that it is ready. Throws `command-failed` when it dies, `timeout` after `startWithin`,
 * both with the last lines of its log; it is left as it is for the roll-back to take away.
 */
export async function awaitReady(
  context: Context,
  { replica, service }: RollingAction,
  authority: Authority,
): Promise<StepOutcome> {
  const startWithin = context.service(service)?.startWithin ?? START_WITHIN;
  const began = context.clock.now();
  let sighting = await sighted(context, replica, authority.signal);
  for (;;) {
    if (sighting === undefined) throw died(replica, 'is gone', []);
    const { status, restarts, exitCode, outOfMemory } = sighting.container;
    if (hasEnded(sighting) || restarts >= RESTARTS) {
      const how = outOfMemory ? 'was killed for want of memory' : `ended with status ${exitCode}`;
      const again = restarts > 0 ? `, after ${restarts} restarts` : '';
      throw died(replica, `${how}${again}`, await linesOf(context, sighting.container, CAPTURED));
    }
    if (status === 'created') {
      // Whoever made it was killed before it was started.
      await context.admit(authority);
      await startIt(context, sighting, authority.signal);
    } else if ((await asReplica(context, sighting, undefined, authority.signal)).state === 'ready') {
      const took = formatDuration(Math.max(0, context.clock.now() - sighting.container.startedAt));
      return { summary: `${replica} is ready ${took} after its start` };
    }
    if (context.clock.now() >= began + startWithin) {
      throw new HoldpointError('timeout', `${replica} was not ready within ${formatDuration(startWithin)}`, {
        details: await linesOf(context, sighting.container, CAPTURED),
        next: 'Read the last lines of its log above, and the health check of its service.',
      });
    }
    await context.clock.wait(POLL, authority.signal);
    sighting = await again(context, sighting, authority.signal);
  }
}

const died = (replica: string, how: string, captured: readonly string[]): HoldpointError =>
  new HoldpointError('command-failed', `${replica} ${how} before it was ready`, {
    details: captured,
    next: 'Read the last lines of its log above.',
  });

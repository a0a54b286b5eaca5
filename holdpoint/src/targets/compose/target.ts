import { randomUUID } from 'node:crypto';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Edge } from '../edge/edge.ts';
import { halt } from '../rolling/halt.ts';
import { recreate } from '../rolling/recreate.ts';
import { roll, settled } from '../rolling/roll.ts';
import { type RollingAction, readAction } from '../rolling/steps.ts';
import type { Authority, StepOutcome, Target, TargetStep, World } from '../target.ts';
import { availableRecord } from './available.ts';
import { type ComposeTargetOptions, type Context, contextOf, forOneStep } from './context.ts';
import { declaredServices } from './declared.ts';
import { drain } from './drain.ts';
import { composeEdge } from './edge.ts';
import { labelledRevision, serviceOf } from './labels.ts';
import { CAPTURED, linesOf, logs } from './logs.ts';
import { asReplica, containersOf, sighted, sightings } from './observe.ts';
import { oneOff } from './one-off.ts';
import { assertCountable, rollingServices, rulesOf } from './planning.ts';
import { readdress } from './readdress.ts';
import { releaseImages } from './release-images.ts';
import { resolveVersion } from './resolve.ts';
import { standIns } from './stand-ins.ts';
import { awaitReady, start } from './start.ts';

export type { ComposeTargetOptions } from './context.ts';

/** Replicas as containers of a compose project, each made by compose itself from the record of its release. */
export async function composeTarget(options: ComposeTargetOptions): Promise<Target> {
  const context = await contextOf(options);
  assertCountable(context);
  const { settings, project } = context;
  const rules = rulesOf(context);
  const plan = settings.way === 'recreate' ? recreate : roll;
  // `roll` is asked without waiting, and compares what is recorded.
  await Promise.all([context.records.all(), context.downtimes.read()]);
  return {
    kind: 'compose',
    services: Object.keys(settings.services),
    declared: declaredServices(context, project),
    ...(settings.way === 'recreate' ? { recreates: true } : {}),
    resolve: async (version) => (await resolveVersion(context, version)).revision,
    async assertAvailable(revision) {
      await availableRecord(context, revision);
    },
    inspect: (signal) => inspect(forOneStep(context), signal),
    roll: (world, to) => plan(rollingServices(context), world, to, rules),
    halt: (world) => halt(world, rules, rollingServices(context)),
    images: (version) => releaseImages(context, version),
    containers: async (signal) =>
      (await containersOf(context, signal)).map((container) => {
        const version = labelledRevision(container)?.version;
        const service = serviceOf(container) ?? '';
        return { id: container.id, service, ...(version === undefined ? {} : { version }) };
      }),
    oneOff: (revision, service, command, apart) =>
      oneOff(context, revision, service, command, randomUUID(), apart),
    standIns: (revision) => standIns(context, revision),
    settled,
    perform: (step, authority) => perform(forOneStep(context), step, authority),
    logs: (replica, lines) => logs(context, replica, lines),
  };
}

async function inspect(context: Context, signal?: AbortSignal): Promise<World> {
  signal?.throwIfAborted();
  const edge = composeEdge(context);
  const [found, view] = await Promise.all([
    sightings(context, signal),
    edge?.view(signal),
    context.downtimes.read(),
  ]);
  const replicas = await Promise.all(found.map((one) => asReplica(context, one, view, signal)));
  return {
    at: context.clock.now(),
    replicas: replicas.toSorted((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1)),
  };
}

async function perform(context: Context, step: TargetStep, authority: Authority): Promise<StepOutcome> {
  const edge = composeEdge(context);
  const action = readAction(step);
  await context.admit(authority);
  await readdress(context, edge, authority);
  if (step.downtime !== undefined) {
    await context.downtimes.begin(step.downtime.service, context.clock.now());
  }
  const outcome = await effect(context, edge, action, authority);
  const steered = edge !== undefined && context.service(action.service)?.routed === true;
  if (action.verb === (steered ? 'route' : 'await-ready')) {
    await context.downtimes.end(action.service, context.clock.now());
  }
  return outcome;
}

function effect(
  context: Context,
  edge: Edge | undefined,
  action: RollingAction,
  authority: Authority,
): Promise<StepOutcome> {
  switch (action.verb) {
    case 'start':
      return start(context, action, authority);
    case 'keep':
      return keep(context, action, authority);
    case 'await-ready':
      return awaitReady(context, action, authority);
    case 'route':
      return direct(context, edge, action, true, authority);
    case 'unroute':
      return direct(context, edge, action, false, authority);
    case 'drain':
      return drain(context, edge, action, authority);
  }
}

/** Nothing of the container changes but the release that it counts to. */
async function keep(
  context: Context,
  { replica, former, revision }: RollingAction,
  authority: Authority,
): Promise<StepOutcome> {
  if ((await sighted(context, replica, authority.signal)) !== undefined) {
    return { summary: `${replica} stays as it is already` };
  }
  const there = former === undefined ? undefined : await sighted(context, former, authority.signal);
  if (there === undefined) throw gone(replica, []);
  await context.admit(authority);
  const { version, digest } = revision;
  await context.notes.add(there.container.id, { kept: { version, digest } });
  return { summary: `${there.container.name} stays as it is` };
}

async function direct(
  context: Context,
  edge: Edge | undefined,
  { replica, service }: RollingAction,
  wanted: boolean,
  authority: Authority,
): Promise<StepOutcome> {
  const sighting = await sighted(context, replica, authority.signal);
  if (edge === undefined) return { summary: 'no edge is declared, so none is told' };
  if (!wanted && sighting?.address === undefined) return { summary: `${replica} was gone already` };
  if (sighting?.address === undefined || (wanted && sighting.container.status !== 'running')) {
    const captured = sighting === undefined ? [] : await linesOf(context, sighting.container, CAPTURED);
    throw gone(replica, captured);
  }
  const { address, container } = sighting;
  // Noted before: once it has stopped, only the note tells what the edge still lists.
  if (wanted) await context.notes.add(container.id, { address });
  context.released.delete(container.id);
  await edge.set(service, address, wanted, authority);
  if (!wanted) {
    context.released.add(container.id);
    await context.notes.forgetAddress(container.id);
  }
  return { summary: `the edge ${wanted ? 'sends traffic' : 'sends no more traffic'} to ${address}` };
}

const gone = (replica: string, details: readonly string[]): HoldpointError =>
  new HoldpointError('conflict', `${replica} does not run any more`, {
    details,
    next: 'Resume the run: it looks at the engine and plans again.',
  });

import { HoldpointError } from '../../kernel/errors.ts';
import type { ReplicaId } from '../../kernel/ids.ts';
import { type Edge, edgeOf, onThisMachine } from '../edge/edge.ts';
import { halt } from '../rolling/halt.ts';
import { roll, settled } from '../rolling/roll.ts';
import { readAction } from '../rolling/steps.ts';
import { pathsOf } from '../service-settings.ts';
import type { Authority, DeclaredService, StepOutcome, Target, TargetStep, World } from '../target.ts';
import { type Context, contextOf, type ProcessTargetOptions } from './context.ts';
import { drain, stopAll } from './drain.ts';
import { launchesOf } from './launch.ts';
import { lastLines, logFile } from './logs.ts';
import { asReplica, sightingOf, sightings } from './observe.ts';
import { assertRelease, resolveRelease } from './release.ts';
import type { ServiceSettings } from './settings.ts';
import { awaitReady, CAPTURED, start } from './start.ts';

export type { ProcessTargetOptions } from './context.ts';

export interface ProcessTarget extends Target {
  /**
   * Takes the whole environment down, whoever started it, and returns the replicas that were stopped. Each gets
   * `within` milliseconds to end by itself; without it, the longest `drainWithin`.
   */
  stopAll(within?: number): Promise<readonly ReplicaId[]>;
}

/** Replicas as processes of this machine, behind an edge that is told by a file. */
export function processTarget(options: ProcessTargetOptions): ProcessTarget {
  const context = contextOf(options);
  const { settings, folder, state } = context;
  const edge =
    settings.edge === undefined
      ? undefined
      : edgeOf({ ...context, runner: onThisMachine(context.exec, folder) }, settings.edge);
  const rolling = Object.entries(settings.services).map(([name, { replicas, routed }]) => ({
    name,
    replicas,
    routed,
  }));
  return {
    kind: 'process',
    services: rolling.map(({ name }) => name),
    declared: Object.entries(settings.services).map(([name, service]) => declaredOf(name, service)),
    resolve: (version) => resolveRelease(folder, settings.releases, version),
    assertAvailable: (revision) => assertRelease(folder, settings.releases, revision),
    inspect: (signal) => inspect(context, edge, signal),
    roll: (world, to) => roll(rolling, world, to),
    halt,
    launches: (revision) => launchesOf(context, revision),
    settled,
    perform: (step, authority) => perform(context, edge, step, authority),
    async logs(replica, lines) {
      // An id comes from outside, and must not name a file elsewhere.
      if (!/^[\w.+-]+$/.test(replica)) return [];
      return lastLines(logFile(state, replica), lines, context.secrets);
    },
    async stopAll(within) {
      const longest = Math.max(...Object.values(settings.services).map(({ drainWithin }) => drainWithin));
      const stopped = await stopAll(context, edge, within ?? longest);
      return stopped.map(({ label }) => label.replica);
    },
  };
}

function declaredOf(name: string, service: ServiceSettings): DeclaredService {
  const { cpu, memory } = service.limits ?? {};
  return {
    name,
    replicas: service.replicas,
    routed: service.routed,
    environment: service.environment,
    paths: pathsOf(service),
    limits: {
      ...(cpu === undefined ? {} : { cpu: String(cpu) }),
      ...(memory === undefined ? {} : { memory: `${memory}B` }),
    },
  };
}

async function inspect(context: Context, edge: Edge | undefined, signal?: AbortSignal): Promise<World> {
  signal?.throwIfAborted();
  const [found, view] = await Promise.all([sightings(context), edge?.view(signal)]);
  const replicas = await Promise.all(found.map((sighting) => asReplica(context, sighting, view, signal)));
  return {
    at: context.clock.now(),
    replicas: replicas.toSorted((a, b) => a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1)),
  };
}

async function perform(
  context: Context,
  edge: Edge | undefined,
  step: TargetStep,
  authority: Authority,
): Promise<StepOutcome> {
  const action = readAction(step);
  await context.admit(authority);
  switch (action.verb) {
    case 'start':
      return start(context, edge, action, authority);
    case 'await-ready':
      return awaitReady(context, edge, action, authority);
    case 'route':
      return direct(context, edge, action.replica, true, authority);
    case 'unroute':
      return direct(context, edge, action.replica, false, authority);
    case 'drain':
      return drain(context, edge, action, authority);
    case 'keep':
      throw new HoldpointError('internal', 'a process of one release is never kept for another', {
        next: 'Plan the release again with this version of Holdpoint.',
      });
  }
}

async function direct(
  context: Context,
  edge: Edge | undefined,
  replica: ReplicaId,
  wanted: boolean,
  authority: Authority,
): Promise<StepOutcome> {
  const sighting = await sightingOf(context, replica);
  if (sighting === undefined || (wanted && sighting.process === undefined)) {
    if (!wanted) return { summary: `${replica} was gone already` };
    throw new HoldpointError('conflict', `${replica} does not run, so no traffic can be sent to it`, {
      details: await lastLines(logFile(context.state, replica), CAPTURED, context.secrets),
      next: 'Resume the run: it looks at the machine and plans again.',
    });
  }
  const { service, address } = sighting.label;
  await edge?.set(service, address, wanted, authority);
  return { summary: `the edge ${wanted ? 'sends traffic' : 'sends no more traffic'} to ${address}` };
}

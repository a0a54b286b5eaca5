import { HoldpointError } from '../../kernel/errors.ts';
import type { ReplicaId, StepName } from '../../kernel/ids.ts';
import { halt } from '../rolling/halt.ts';
import { apply, type RollingService, roll, settled } from '../rolling/roll.ts';
import { readAction, sameRevision } from '../rolling/steps.ts';
import type { Authority, Revision, StepOutcome, Target, TargetStep, World } from '../target.ts';

/** Where a step breaks: before its effect, after it, or waiting for ever (until it is aborted). */
export type Failure = 'before' | 'after' | 'hang';

/** A machine that exists in memory only, and outlives the targets made upon it as a real one does. */
export interface MemoryMachine {
  readonly services: readonly RollingService[];
  readonly releases: Map<string, Revision>;
  world: World;
  /** Every effect that changed the world, in order; a name that stands here twice happened twice. */
  readonly effects: StepName[];
  /** By step name; stays until deleted. */
  readonly failures: Map<string, Failure>;
  readonly logs: Map<ReplicaId, string[]>;
  fence: number;
}

export function memoryMachine(
  services: readonly RollingService[],
  releases: readonly Revision[],
): MemoryMachine {
  return {
    services,
    releases: new Map(releases.map((revision) => [revision.version, revision])),
    world: { at: 0, replicas: [] },
    effects: [],
    failures: new Map(),
    logs: new Map(),
    fence: 0,
  };
}

/** What happened to a replica by itself, as by a crash. */
export function killReplica(machine: MemoryMachine, id: ReplicaId): void {
  machine.world = {
    ...machine.world,
    replicas: machine.world.replicas.map((replica) =>
      replica.id === id ? { ...replica, state: 'dead' } : replica,
    ),
  };
}

/** A target for tests of the run: the same steps, failures on demand, and a record of what was really done. */
export function memoryTarget(machine: MemoryMachine): Target {
  const resolve = async (version: string): Promise<Revision> => {
    const revision = machine.releases.get(version);
    if (revision !== undefined) return revision;
    throw new HoldpointError('not-found', `there is no release ${version}`, {
      next: 'Name one of the releases that exist.',
    });
  };
  return {
    kind: 'memory',
    services: machine.services.map(({ name }) => name),
    declared: machine.services.map(({ name, replicas, routed }) => {
      return { name, replicas, routed, environment: {}, paths: {} };
    }),
    resolve,
    async assertAvailable(revision) {
      if (sameRevision(await resolve(revision.version), revision)) return;
      throw new HoldpointError('conflict', `release ${revision.version} has changed`, {
        next: 'Put the release back as it was.',
      });
    },
    async inspect(signal) {
      signal?.throwIfAborted();
      return machine.world;
    },
    roll: (world, to) => roll(machine.services, world, to),
    halt,
    settled,
    perform: (step, authority) => perform(machine, step, authority),
    async logs(replica, lines) {
      return (machine.logs.get(replica) ?? []).slice(-lines);
    },
  };
}

async function perform(machine: MemoryMachine, step: TargetStep, authority: Authority): Promise<StepOutcome> {
  authority.signal.throwIfAborted();
  if (authority.fence < machine.fence) {
    throw new HoldpointError('lease-lost', `another run has taken over (fence ${machine.fence})`, {
      next: 'Leave the release to the other run; `holdpoint status` shows it.',
    });
  }
  machine.fence = authority.fence;
  const failure = machine.failures.get(step.name);
  if (failure === 'hang') await abortion(authority.signal);
  if (failure === 'before') throw broken(step);
  const { verb, replica: id } = readAction(step);
  const replica = machine.world.replicas.find((candidate) => candidate.id === id);
  if (verb === 'await-ready' && (replica === undefined || replica.state === 'dead')) {
    throw new HoldpointError('command-failed', `${id} died before it was ready`, {
      details: [`${id}: killed`],
      next: 'Read the last lines of its log.',
    });
  }
  if (!settled(step, machine.world)) {
    machine.world = apply(step, machine.world);
    machine.effects.push(step.name);
    machine.logs.set(id, [...(machine.logs.get(id) ?? []), step.title]);
  }
  if (failure === 'after') throw broken(step);
  return { summary: step.title };
}

const broken = (step: TargetStep): HoldpointError =>
  new HoldpointError('command-failed', `${step.title}: broken on purpose`, {
    details: ['last words'],
    next: 'Heal the step.',
  });

function abortion(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

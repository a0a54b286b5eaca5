import type { Replica, TargetStep, World } from '../target.ts';
import { readAction, sameRevision } from './steps.ts';

/** Every step that `next` gives, each looked for in the world as the ones before it have left it. */
export function unfold(world: World, next: (now: World) => TargetStep | undefined): readonly TargetStep[] {
  const steps: TargetStep[] = [];
  let now = world;
  for (let step = next(now); step !== undefined; step = next(now)) {
    steps.push(step);
    now = apply(step, now);
  }
  return steps;
}

/** The world once a step has had its effect. */
export function apply(step: TargetStep, world: World): World {
  const { verb, service, replica: id, revision, routed = false, former } = readAction(step);
  const change = (part: Partial<Replica>, of = id): World => ({
    ...world,
    replicas: world.replicas.map((replica) => (replica.id === of ? { ...replica, ...part } : replica)),
  });
  switch (verb) {
    case 'start':
      return {
        ...world,
        replicas: [
          ...world.replicas.filter((replica) => replica.id !== id),
          { id, service, revision, state: 'starting', routed, startedAt: world.at },
        ],
      };
    case 'keep':
      return change({ id, revision }, former);
    case 'await-ready':
      return change({ state: 'ready' });
    case 'route':
      return change({ routed: true });
    case 'unroute':
      return change({ routed: false });
    case 'drain':
      return { ...world, replicas: world.replicas.filter((replica) => replica.id !== id) };
  }
}

/** Whether the effect of a step stands in this world. */
export function settled(step: TargetStep, world: World): boolean {
  const { verb, replica: id, revision } = readAction(step);
  const replica = world.replicas.find((candidate) => candidate.id === id);
  switch (verb) {
    case 'start':
    case 'keep':
      return replica !== undefined && replica.state !== 'dead' && sameRevision(replica.revision, revision);
    case 'await-ready':
      return replica?.state === 'ready';
    case 'route':
      return replica?.routed === true;
    case 'unroute':
      return replica?.routed !== true;
    case 'drain':
      return replica === undefined;
  }
}

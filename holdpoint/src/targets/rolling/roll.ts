import type { Replica, Revision, TargetStep, Widening, World } from '../target.ts';
import { readAction, replicaIdOf, rollingStep, sameRevision, slotOf } from './steps.ts';

/** What a service is declared to be while and after it is rolled. */
export interface RollingService {
  readonly name: string;
  readonly replicas: number;
  readonly routed: boolean;
}

/**
 * Steps from a world to every service running `to` alone, service by service in the declared order.
 *
 * The plan is unfolded from `next`, which looks at the world alone: whatever a run was cut off at, the plan made from
 * the world it left is the rest of the plan it followed.
 */
export function roll(services: readonly RollingService[], world: World, to: Revision): readonly TargetStep[] {
  const steps: TargetStep[] = [];
  let now = world;
  for (let step = next(services, now, to); step !== undefined; step = next(services, now, to)) {
    steps.push(step);
    now = apply(step, now);
  }
  return steps;
}

/** The world once a step has had its effect. */
export function apply(step: TargetStep, world: World): World {
  const { verb, service, replica: id, revision } = readAction(step);
  const change = (part: Partial<Replica>): World => ({
    ...world,
    replicas: world.replicas.map((replica) => (replica.id === id ? { ...replica, ...part } : replica)),
  });
  switch (verb) {
    case 'start':
      return {
        ...world,
        replicas: [
          ...world.replicas.filter((replica) => replica.id !== id),
          { id, service, revision, state: 'starting', routed: false, startedAt: world.at },
        ],
      };
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

function next(services: readonly RollingService[], world: World, to: Revision): TargetStep | undefined {
  for (const service of services) {
    const replicas = world.replicas.filter((replica) => replica.service === service.name);
    const step = nextOf(service, replicas.sort(bySlot), to);
    if (step === undefined) continue;
    const widens = widening(service, replicas, to, step);
    return widens === undefined ? step : { ...step, widens };
  }
  // What belongs to no declared service was left by an earlier specification, and runs nothing of `to`.
  const names = new Set(services.map(({ name }) => name));
  const [stranger] = world.replicas.filter(({ service }) => !names.has(service)).sort(bySlot);
  return stranger === undefined ? undefined : takeOut(stranger);
}

/**
 * The next step of one service. Nothing old is touched before a new replica has proven itself; then each new one that
 * serves lets one old one go; what is surplus or dead goes last, except that the edge stops sending it traffic at once.
 */
function nextOf(
  { name, replicas: declared, routed: routes }: RollingService,
  replicas: readonly Replica[],
  to: Revision,
): TargetStep | undefined {
  const ending = replicas.filter(({ state }) => state === 'dead' || state === 'draining');
  const alive = replicas.filter(({ state }) => state === 'starting' || state === 'ready');
  const fresh = alive.filter(({ revision }) => sameRevision(revision, to)).sort(byProgress);
  const kept = fresh.slice(0, declared);
  const leaving = [...alive.filter(({ revision }) => !sameRevision(revision, to)), ...fresh.slice(declared)];
  const ready = alive.filter(isReady).length;
  const serving = alive.filter((replica) => isReady(replica) && replica.routed).length;
  const served = kept.filter((replica) => isReady(replica) && replica.routed === routes).length;

  const misrouted = ending.find(({ routed }) => routed);
  if (misrouted !== undefined) return rollingStep('unroute', misrouted);
  const draining = ending.find(({ state }) => state === 'draining');
  if (draining !== undefined) return rollingStep('drain', draining);

  const unready = kept.find((replica) => !isReady(replica));
  if (unready !== undefined) return rollingStep('await-ready', unready);
  const wrong = kept.find(({ routed }) => routed !== routes);
  if (wrong !== undefined) return rollingStep(routes ? 'route' : 'unroute', wrong);

  if (served > 0) {
    // Routed or not, a ready replica counts: with an edge that has lost its list, `routed` is all false.
    const gone = leaving.find(
      (replica) => !replica.routed && alive.length > declared && (!isReady(replica) || ready > declared),
    );
    if (gone !== undefined) return rollingStep('drain', gone);
    const out = leaving.find(
      (replica) =>
        replica.routed && (!routes || (alive.length > declared && (!isReady(replica) || serving > declared))),
    );
    if (out !== undefined) return rollingStep('unroute', out);
  }
  if (kept.length < declared) return rollingStep('start', newReplica(name, to, replicas));
  return ending.map(takeOut)[0];
}

/**
 * Whether a step gives `to` more traffic than its first replica has: each further start and route, and taking the last
 * old one away while there is only that first one. It stands in for an old one and goes unmarked; so does everything
 * where no old one gets traffic any more, since nothing could be spared then.
 */
function widening(
  { name: service, replicas: of, routed: routes }: RollingService,
  replicas: readonly Replica[],
  to: Revision,
  step: TargetStep,
): Widening | undefined {
  if (!routes) return undefined;
  const { verb, revision, replica: id } = readAction(step);
  const inTraffic = replicas.filter(
    ({ state, routed }) => routed && (state === 'starting' || state === 'ready'),
  );
  const old = inTraffic.filter((replica) => !sameRevision(replica.revision, to));
  const fresh = inTraffic.length - old.length;
  if (old.length === 0 || fresh === 0) return undefined;
  const further = (verb === 'start' || verb === 'route') && sameRevision(revision, to);
  const whole = verb === 'unroute' && fresh === 1 && old.length === 1 && old[0]?.id === id;
  return further || whole ? { service, fresh, of } : undefined;
}

const takeOut = (replica: Replica): TargetStep => rollingStep(replica.routed ? 'unroute' : 'drain', replica);

const isReady = ({ state }: Replica): boolean => state === 'ready';

function newReplica(service: string, revision: Revision, replicas: readonly Replica[]) {
  const taken = new Set(replicas.map(({ id }) => id));
  let slot = 1;
  while (taken.has(replicaIdOf(service, revision, slot))) slot += 1;
  return { id: replicaIdOf(service, revision, slot), service, revision };
}

const bySlot = (a: Replica, b: Replica): number =>
  (slotOf(a) ?? 0) - (slotOf(b) ?? 0) || a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1);

/** Those furthest on first, so that a surplus is taken from what serves least. */
const byProgress = (a: Replica, b: Replica): number =>
  Number(isReady(b)) - Number(isReady(a)) || Number(b.routed) - Number(a.routed) || bySlot(a, b);

import type { Replica, Revision, TargetStep, Widening, World } from '../target.ts';
import { nextAlone } from './alone.ts';
import {
  bySlot,
  DEFAULT_RULES,
  isReady,
  keeping,
  type RollingRules,
  type RollingService,
  sorted,
  starting,
  takeOut,
} from './replicas.ts';
import { readAction, rollingStep, sameRevision } from './steps.ts';
import { unfold } from './unfold.ts';

export type { RollingService } from './replicas.ts';
export { apply, settled } from './unfold.ts';

/**
 * Steps from a world to every service running `to` alone, service by service in the declared order.
 *
 * The plan is unfolded from `next`, which looks at the world alone: whatever a run was cut off at, the plan made from
 * the world it left is the rest of the plan it followed.
 */
export function roll(
  services: readonly RollingService[],
  world: World,
  to: Revision,
  rules = DEFAULT_RULES,
): readonly TargetStep[] {
  return unfold(world, (now) => next(services, now, to, rules));
}

function next(
  services: readonly RollingService[],
  world: World,
  to: Revision,
  rules: RollingRules,
): TargetStep | undefined {
  for (const service of services) {
    const replicas = world.replicas.filter((replica) => replica.service === service.name).sort(bySlot);
    const way = service.alone === undefined ? nextOf : nextAlone;
    const step = keeping(replicas, to, rules) ?? way(service, replicas, to, rules);
    if (step === undefined) continue;
    const widens = service.alone === undefined ? widening(service, replicas, to, step, rules) : undefined;
    return widens === undefined ? step : { ...step, widens };
  }
  // What belongs to no declared service was left by an earlier specification, and runs nothing of `to`.
  const names = new Set(services.map(({ name }) => name));
  const [stranger] = world.replicas.filter(({ service }) => !names.has(service)).sort(bySlot);
  return stranger === undefined ? undefined : takeOut(stranger, rules);
}

/**
 * The next step of one service. Nothing old is touched before a new replica has proven itself; then each new one that
 * serves lets one old one go; what is surplus or dead goes last, except that the edge stops sending it traffic at once.
 */
function nextOf(
  service: RollingService,
  replicas: readonly Replica[],
  to: Revision,
  rules: RollingRules,
): TargetStep | undefined {
  const { replicas: declared, routed: routes } = service;
  const { ending, alive, kept, leaving } = sorted(service, replicas, to);
  const steered = rules.steered || !routes;
  const ready = alive.filter(isReady).length;
  const serving = alive.filter((replica) => isReady(replica) && replica.routed).length;
  const served = kept.filter((replica) => isReady(replica) && (!steered || replica.routed === routes)).length;

  const misrouted = ending.find(({ routed }) => routed && rules.steered);
  if (misrouted !== undefined) return rollingStep('unroute', misrouted);
  const draining = ending.find(({ state }) => state === 'draining');
  if (draining !== undefined) return rollingStep('drain', draining);

  const unready = kept.find((replica) => !isReady(replica));
  if (unready !== undefined) return rollingStep('await-ready', unready);
  const wrong = kept.find(({ routed }) => rules.steered && routed !== routes);
  if (wrong !== undefined) return rollingStep(routes ? 'route' : 'unroute', wrong);

  if (served > 0) {
    // Routed or not, a ready replica counts: with an edge that has lost its list, `routed` is all false.
    const gone = leaving.find(
      (replica) =>
        (!replica.routed || !rules.steered) &&
        alive.length > declared &&
        (!isReady(replica) || ready > declared),
    );
    if (gone !== undefined) return rollingStep('drain', gone);
    const out = leaving.find(
      (replica) =>
        replica.routed && (!routes || (alive.length > declared && (!isReady(replica) || serving > declared))),
    );
    if (out !== undefined && rules.steered) return rollingStep('unroute', out);
  }
  if (kept.length < declared) return starting(service, to, replicas, rules);
  return ending.map((replica) => takeOut(replica, rules))[0];
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
  { steered }: RollingRules,
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
  const out = steered ? 'unroute' : 'drain';
  const whole = verb === out && fresh === 1 && old.length === 1 && old[0]?.id === id;
  return further || whole ? { service, fresh, of } : undefined;
}

import type { Replica, Revision, TargetStep, World } from '../target.ts';
import { nextFresh, withDowntime } from './alone.ts';
import { bySlot, type RollingRules, type RollingService, sorted, takeOut } from './replicas.ts';
import { unfold } from './unfold.ts';

/**
 * Steps from a world to every service running `to` alone by way of none running: everything that is not of `to` is
 * taken from the edge, then stopped, and only then do the new ones start. The plain way, and the only one for services
 * whose old and new versions must never meet.
 */
export function recreate(
  services: readonly RollingService[],
  world: World,
  to: Revision,
  rules: RollingRules,
): readonly TargetStep[] {
  return unfold(world, ({ replicas }) => {
    const gone = leaving(services, replicas, to);
    const out = gone.find(({ routed }) => routed && rules.steered) ?? gone[0];
    if (out !== undefined) {
      const service = services.find(({ name }) => name === out.service);
      const step = takeOut(out, rules);
      if (service === undefined) return step;
      return withDowntime(
        step,
        service,
        replicas.filter((one) => one.service === out.service),
      );
    }
    for (const service of services) {
      const own = replicas.filter((replica) => replica.service === service.name);
      const step = nextFresh(service, own, sorted(service, own, to).kept, to, rules);
      if (step !== undefined) return step;
    }
    return undefined;
  });
}

function leaving(
  services: readonly RollingService[],
  replicas: readonly Replica[],
  to: Revision,
): readonly Replica[] {
  const stays = new Set(
    services.flatMap((service) => {
      const own = replicas.filter((replica) => replica.service === service.name);
      return sorted(service, own, to).kept.map(({ id }) => id);
    }),
  );
  return replicas.filter(({ id }) => !stays.has(id)).sort(bySlot);
}

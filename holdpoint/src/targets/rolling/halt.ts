import type { TargetStep, World } from '../target.ts';
import { withDowntime } from './alone.ts';
import { DEFAULT_RULES, type RollingService } from './replicas.ts';
import { readAction, rollingStep } from './steps.ts';
import { apply } from './unfold.ts';

/**
 * Steps from a world to no replica at all. The edge stops sending traffic to every one of them before the first is
 * stopped: a request that reaches half a system may write half of what it should. Of declared services the step that
 * takes away the last replica says what that costs, where the way of the release has it so.
 */
export function halt(
  world: World,
  { steered } = DEFAULT_RULES,
  services: readonly RollingService[] = [],
): readonly TargetStep[] {
  const routed = world.replicas.filter((replica) => replica.routed && steered);
  const unrouting = routed.map((replica) => rollingStep('unroute', replica));
  const quiet = unrouting.reduce((now, step) => apply(step, now), world);
  const steps = [...unrouting, ...quiet.replicas.map((replica) => rollingStep('drain', replica))];
  let now = world;
  return steps.map((step) => {
    const { service: name } = readAction(step);
    const service = services.find((one) => one.name === name);
    const own = now.replicas.filter((one) => one.service === name);
    now = apply(step, now);
    return service === undefined ? step : withDowntime(step, service, own);
  });
}

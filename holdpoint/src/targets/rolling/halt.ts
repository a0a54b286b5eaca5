import type { TargetStep, World } from '../target.ts';
import { apply } from './roll.ts';
import { rollingStep } from './steps.ts';

/**
 * Steps from a world to no replica at all. The edge stops sending traffic to every one of them before the first is
 * stopped: a request that reaches half a system may write half of what it should.
 */
export function halt(world: World): readonly TargetStep[] {
  const routed = world.replicas.filter((replica) => replica.routed);
  const unrouting = routed.map((replica) => rollingStep('unroute', replica));
  const quiet = unrouting.reduce((now, step) => apply(step, now), world);
  return [...unrouting, ...quiet.replicas.map((replica) => rollingStep('drain', replica))];
}

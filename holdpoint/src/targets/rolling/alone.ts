import { formatDuration } from '../../kernel/durations.ts';
import type { Replica, Revision, TargetStep } from '../target.ts';
import { isReady, type RollingRules, type RollingService, sorted, starting, takeOut } from './replicas.ts';
import { rollingStep } from './steps.ts';
import { apply } from './unfold.ts';

/**
 * The next step of a service whose replicas cannot run beside each other: what is old or dead goes first, since it
 * holds the name or the port, and only then a new one starts.
 */
export function nextAlone(
  service: RollingService,
  replicas: readonly Replica[],
  to: Revision,
  rules: RollingRules,
): TargetStep | undefined {
  const { ending, kept, leaving } = sorted(service, replicas, to);
  const out =
    [...ending, ...leaving].find(({ routed }) => routed && rules.steered) ?? [...ending, ...leaving][0];
  if (out !== undefined) return withDowntime(takeOut(out, rules), service, replicas);
  return nextFresh(service, replicas, kept, to, rules);
}

/** The next step where every replica that is left is of the new revision. */
export function nextFresh(
  service: RollingService,
  replicas: readonly Replica[],
  kept: readonly Replica[],
  to: Revision,
  rules: RollingRules,
): TargetStep | undefined {
  if (kept.length < service.replicas) return starting(service, to, replicas, rules);
  const unready = kept.find((replica) => !isReady(replica));
  if (unready !== undefined) return rollingStep('await-ready', unready);
  const wrong = kept.find(({ routed }) => rules.steered && routed !== service.routed);
  return wrong === undefined ? undefined : rollingStep(service.routed ? 'route' : 'unroute', wrong);
}

/** The step that takes away the last replica that serves says what that costs. */
export function withDowntime(
  step: TargetStep,
  { name, routed, alone }: RollingService,
  replicas: readonly Replica[],
): TargetStep {
  const serves = (replica: Replica): boolean => isReady(replica) && (replica.routed || !routed);
  const left = apply(step, { at: 0, replicas }).replicas;
  if (alone === undefined || !replicas.some(serves) || left.some(serves)) return step;
  const { reason, expected } = alone;
  const seconds = Math.max(1, Math.round(expected / 1_000));
  const about = seconds < 100 ? `${seconds} s` : formatDuration(seconds * 1_000);
  return {
    ...step,
    title: `${step.title}: about ${about} without ${name}, since ${reason}`,
    downtime: { service: name, reason, expected },
  };
}

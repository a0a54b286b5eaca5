import type { Replica, Revision, TargetStep } from '../target.ts';
import { replicaIdOf, rollingStep, sameRevision, slotOf } from './steps.ts';

/** What a service is declared to be while and after it is rolled. */
export interface RollingService {
  readonly name: string;
  readonly replicas: number;
  readonly routed: boolean;
  /** Of one whose old and new replicas cannot run beside each other. */
  readonly alone?: Alone;
}

export interface Alone {
  /** `it publishes port 8080 of the host` */
  readonly reason: string;
  /** Milliseconds from taking the old ones away to the new ones' serving. */
  readonly expected: number;
}

/** What differs from one kind of target to another. */
export interface RollingRules {
  /** The slot of a new replica. */
  readonly slot: SlotRule;
  /** false where no edge is told: a routed replica then has traffic from its start to its end. */
  readonly steered: boolean;
  /** Whether a replica of another revision already is what its service is in `to`, and so stays as it is. */
  readonly keeps: (replica: Replica, to: Revision) => boolean;
}

/** Which slot a new replica of a service gets beside these, which are all that the service has. */
export type SlotRule = (service: string, revision: Revision, replicas: readonly Replica[]) => number;

/** The lowest that none of the same revision has. */
export const lowestFreeSlot: SlotRule = (service, revision, replicas) => {
  const taken = new Set(replicas.map(({ id }) => id));
  let slot = 1;
  while (taken.has(replicaIdOf(service, revision, slot))) slot += 1;
  return slot;
};

/** One above the highest of any revision, as compose numbers its containers. */
export const slotAboveAll: SlotRule = (_service, _revision, replicas) =>
  Math.max(0, ...replicas.map((replica) => slotOf(replica) ?? 0)) + 1;

export const DEFAULT_RULES: RollingRules = { slot: lowestFreeSlot, steered: true, keeps: () => false };

/** The replicas of one service, told by what becomes of them on the way to a revision. */
export interface Sorted {
  readonly ending: readonly Replica[];
  readonly alive: readonly Replica[];
  /** Of the new revision, as many as declared, those furthest on first. */
  readonly kept: readonly Replica[];
  /** Alive and to be taken away. */
  readonly leaving: readonly Replica[];
}

export function sorted(
  { replicas: declared }: RollingService,
  replicas: readonly Replica[],
  to: Revision,
): Sorted {
  const alive = replicas.filter(({ state }) => state === 'starting' || state === 'ready');
  const fresh = alive.filter(({ revision }) => sameRevision(revision, to)).sort(byProgress);
  const old = alive.filter(({ revision }) => !sameRevision(revision, to));
  return {
    ending: replicas.filter(({ state }) => state === 'dead' || state === 'draining'),
    alive,
    kept: fresh.slice(0, declared),
    leaving: [...old, ...fresh.slice(declared)],
  };
}

export const isReady = ({ state }: Replica): boolean => state === 'ready';

export const takeOut = (replica: Replica, { steered }: RollingRules): TargetStep =>
  rollingStep(replica.routed && steered ? 'unroute' : 'drain', replica);

export function starting(
  { name: service, routed }: RollingService,
  revision: Revision,
  replicas: readonly Replica[],
  { slot, steered }: RollingRules,
): TargetStep {
  const id = replicaIdOf(service, revision, slot(service, revision, replicas));
  return rollingStep('start', { id, service, revision }, routed && !steered ? { routed: true } : {});
}

/** The step that gives a replica of another revision, which is the same by content, its new name. */
export function keeping(
  replicas: readonly Replica[],
  to: Revision,
  { keeps }: RollingRules,
): TargetStep | undefined {
  const same = replicas.find(
    (replica) =>
      (replica.state === 'starting' || replica.state === 'ready') &&
      !sameRevision(replica.revision, to) &&
      slotOf(replica) !== undefined &&
      keeps(replica, to),
  );
  if (same === undefined) return undefined;
  const id = replicaIdOf(same.service, to, slotOf(same) ?? 0);
  return rollingStep('keep', { id, service: same.service, revision: to }, { former: same.id });
}

export const bySlot = (a: Replica, b: Replica): number =>
  (slotOf(a) ?? 0) - (slotOf(b) ?? 0) || a.startedAt - b.startedAt || (a.id < b.id ? -1 : 1);

/** Those furthest on first, so that a surplus is taken from what serves least. */
const byProgress = (a: Replica, b: Replica): number =>
  Number(isReady(b)) - Number(isReady(a)) || Number(b.routed) - Number(a.routed) || bySlot(a, b);

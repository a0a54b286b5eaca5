import type { ReplicaId } from '../../../kernel/ids.ts';
import type { Replica } from '../../../targets/target.ts';
import { type Objective, watchedBy } from '../../objective.ts';
import type { LoggedRequest } from './line.ts';

/** Whose a request was; a reason where that cannot be told, and undefined where it was nobody's of these replicas. */
export type Attribution = (
  request: LoggedRequest,
  objective: Objective,
) =>
  | { readonly kind: 'replica'; readonly replica: Replica }
  | { readonly kind: 'untold'; readonly reason: string }
  | undefined;

export type Owners = ReadonlyMap<string, ReplicaId>;

export const ownersOf = (replicas: readonly Replica[]): Owners =>
  new Map(replicas.flatMap(({ address, id }) => (address === undefined ? [] : [[address, id] as const])));

const UNTOLD =
  'the access log does not tell which replica answered: its requests count only while one version serves alone';

/** By the address of the replica; where the log tells none, only what all that take traffic have in common is told. */
export function attributionOf(
  replicas: readonly Replica[],
  before: Owners,
  services: readonly string[],
): Attribution {
  const byAddress = new Map(replicas.map((replica) => [replica.address, replica]));
  const routed = replicas.filter((one) => one.routed).sort((a, b) => (a.id < b.id ? -1 : 1));
  const [first] = routed;
  const alone = new Set(routed.map(({ revision }) => revision.digest)).size === 1;
  return ({ upstream }, objective) => {
    if (upstream === null) return undefined;
    if (upstream === undefined) {
      if (first === undefined || !alone) return { kind: 'untold', reason: UNTOLD };
      if (services.every((service) => watchedBy(objective, service)))
        return { kind: 'replica', replica: first };
      return {
        kind: 'untold',
        reason: `the access log does not tell services apart, and ${objective.id} is watched of some`,
      };
    }
    const replica = byAddress.get(upstream);
    if (replica === undefined || !watchedBy(objective, replica.service)) return undefined;
    const earlier = before.get(upstream);
    if (earlier !== undefined && earlier !== replica.id) {
      return {
        kind: 'untold',
        reason: `${upstream} went from ${earlier} to ${replica.id}: what it answered meanwhile is not counted`,
      };
    }
    return { kind: 'replica', replica };
  };
}

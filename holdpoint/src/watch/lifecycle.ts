import type { Replica } from '../targets/target.ts';
import type { HardEvent } from './block.ts';
import type { KnownReplica } from './carry.ts';

/** Looks in a row at which a replica that was ready may be not ready. */
export const UNREADY_LOOKS = 3;
/** Milliseconds by which two readings of one start may differ. */
const SAME_START = 1_000;

/** What a look found, and what the look before had left. */
export interface Listing {
  readonly before: readonly KnownReplica[];
  readonly replicas: readonly Replica[];
  readonly at: number;
  readonly isFresh: (replica: Replica) => boolean;
  /** The look before was made by an earlier process. */
  readonly resumed: boolean;
}

export interface Lifecycle {
  readonly hard: readonly HardEvent[];
  readonly known: readonly KnownReplica[];
  readonly notes: readonly string[];
}

/**
 * What happened to the new replicas between two looks; old ones are only remembered, since they are meant to go.
 * Draining is meant too, and so never an event. Nor is lost readiness, as long as an old replica has lost it as well:
 * what both versions suffer is no reason to take one of them back. After a restart of the watch (`resumed`) it cannot be told who stopped
 * a replica that is gone, so that is only noted.
 */
export function follow({ before, replicas, at, isFresh, resumed }: Listing): Lifecycle {
  const hard: HardEvent[] = [];
  const notes: string[] = [];
  const known: KnownReplica[] = [];
  const report = (kind: HardEvent['kind'], { id, service }: { id: string; service: string }) => {
    if (resumed) notes.push(`${id} ${kind} while nobody watched`);
    else hard.push({ kind, replica: id, service });
  };
  const knownBefore = new Map(before.map((replica) => [replica.id, replica]));
  const shared = replicas.some(
    (replica) => !isFresh(replica) && lostReadiness(replica, knownBefore.get(replica.id)),
  );
  for (const replica of replicas) {
    const fresh = isFresh(replica);
    const previous = knownBefore.get(replica.id);
    if (previous === undefined && replica.state === 'dead') continue;
    const next = { ...knowing(replica, fresh, previous, shared), ...readySince(replica, previous, at) };
    known.push(next);
    if (!fresh || previous === undefined || isLeaving(previous)) continue;
    if (replica.state === 'dead') report(replica.ended === 'oom-killed' ? 'oom-killed' : 'crashed', replica);
    else if (restarted(previous, replica)) report('restarted', replica);
    else if (next.unreadyLooks === UNREADY_LOOKS + 1) {
      hard.push({ kind: 'unready', replica: replica.id, service: replica.service });
    }
  }
  const listed = new Set<string>(replicas.map(({ id }) => id));
  for (const gone of before) {
    if (!gone.fresh || isLeaving(gone) || listed.has(gone.id)) continue;
    report('vanished', gone);
  }
  return { hard, known, notes };
}

const isLeaving = ({ state }: KnownReplica): boolean => state === 'draining' || state === 'dead';

const lostReadiness = ({ state }: Replica, previous: KnownReplica | undefined): boolean =>
  state === 'starting' && (previous?.wasReady ?? false);

function readySince(
  { state }: Replica,
  previous: KnownReplica | undefined,
  at: number,
): Pick<KnownReplica, 'readyAt'> {
  if (previous?.readyAt !== undefined) return { readyAt: previous.readyAt };
  return state === 'ready' ? { readyAt: at } : {};
}

function knowing(
  replica: Replica,
  fresh: boolean,
  previous: KnownReplica | undefined,
  shared: boolean,
): KnownReplica {
  const wasReady = replica.state === 'ready' || (previous?.wasReady ?? false);
  const looks = previous?.unreadyLooks ?? 0;
  const pid = replica.pid ?? previous?.pid;
  return {
    id: replica.id,
    service: replica.service,
    fresh,
    state: replica.state,
    startedAt: replica.startedAt,
    // The last that is known: between two starts it has none.
    ...(pid === undefined ? {} : { pid }),
    wasReady,
    unreadyLooks: lostReadiness(replica, previous) ? looks + (shared ? 0 : 1) : 0,
    ...(previous?.last === undefined ? {} : { last: previous.last }),
  };
}

function restarted(previous: KnownReplica, replica: Replica): boolean {
  // It was made and had not run yet: its start time moves once, when it is started.
  if (previous.pid === undefined && replica.pid !== undefined) return false;
  if (previous.pid !== undefined && replica.pid !== undefined) return previous.pid !== replica.pid;
  return replica.startedAt > previous.startedAt + SAME_START;
}

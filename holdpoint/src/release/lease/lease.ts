import type { Clock } from '../../kernel/clock.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Authority } from '../../targets/target.ts';
import type { Lease, LeaseStore } from '../log/log.ts';
import { acquire, LEASE_TIMES, type LeaseRequest } from './acquire.ts';

export interface HeldLease {
  /** Its signal aborts when the lease is lost, and when the caller's own signal does. */
  readonly authority: Authority;
  release(): Promise<void>;
}

/**
 * Takes the lease of an environment and keeps it by heartbeats. Throws `lease-held` when another holds it. Its loss
 * aborts the work: a lock that only stays would let a process that was stopped for an hour go on as if nothing had
 * happened.
 */
export async function holdLease(store: LeaseStore, clock: Clock, request: LeaseRequest): Promise<HeldLease> {
  const lease = await acquire(store, clock, request);
  const lost = new AbortController();
  const ended = new AbortController();
  const beating = beat(store, clock, lease, request, ended.signal).then((reason) => {
    if (reason !== undefined) lost.abort(reason);
  });
  return {
    authority: { fence: lease.fence, signal: AbortSignal.any([request.signal, lost.signal]) },
    async release() {
      ended.abort();
      await beating;
      // A full disk must not hide why the work ended. The process ends with it, and its lease is then free as well.
      await store.release(lease).catch(() => undefined);
    },
  };
}

/** Renews until it is ended; resolves to the reason once the lease is lost. */
async function beat(
  store: LeaseStore,
  clock: Clock,
  lease: Lease,
  { doing, times: { length, heartbeat } = LEASE_TIMES }: LeaseRequest,
  ended: AbortSignal,
): Promise<HoldpointError | undefined> {
  let { expiresAt } = lease;
  let missed = 0;
  while (!ended.aborted) {
    await clock.wait(heartbeat, ended).catch(() => undefined);
    if (ended.aborted) return undefined;
    const now = clock.now();
    const renewed = await store.renew(lease, now, now + length, doing()).catch(() => null);
    if (renewed === undefined) return lostOf(lease);
    missed = renewed === null ? missed + 1 : 0;
    expiresAt = renewed?.expiresAt ?? expiresAt;
    // Counted as well as timed: a clock that went back would stretch the end of a lease that cannot be renewed.
    if (missed > 0 && (now >= expiresAt || missed * heartbeat >= length)) return lostOf(lease);
  }
  return undefined;
}

const lostOf = ({ environment }: Lease): HoldpointError =>
  new HoldpointError('lease-lost', `the lease of ${environment} was lost`, {
    next: 'See who holds it with `holdpoint status`, then go on with `holdpoint resume`.',
  });

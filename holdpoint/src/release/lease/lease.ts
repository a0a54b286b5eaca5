import type { Clock } from '../../kernel/clock.ts';
import { formatDuration } from '../../kernel/durations.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Authority } from '../../targets/target.ts';
import type { Lease, LeaseStore } from '../log/log.ts';

/** Milliseconds until a lease that nobody renews is free again. */
export const LEASE_LENGTH = 60_000;
/** Milliseconds between two renewals: three may fail before the lease is lost. */
export const HEARTBEAT = 15_000;

export interface HeldLease {
  /** Its signal aborts when the lease is lost, and when the caller's own signal does. */
  readonly authority: Authority;
  release(): Promise<void>;
}

export interface LeaseRequest {
  readonly environment: string;
  readonly holder: string;
  /** What the holder is doing, for whoever finds the environment taken. */
  readonly doing: string;
  readonly signal: AbortSignal;
}

/**
 * Takes the lease of an environment and keeps it by heartbeats. Throws `lease-held` when another holds it. Its loss
 * aborts the work: a lock that only stays would let a process that was stopped for an hour go on as if nothing had
 * happened.
 */
export async function holdLease(store: LeaseStore, clock: Clock, request: LeaseRequest): Promise<HeldLease> {
  const { environment, holder, doing } = request;
  const now = clock.now();
  const lease = await store.take(environment, holder, now, now + LEASE_LENGTH, doing);
  if (lease.holder !== holder || lease.since !== now) throw heldBy(lease, now);
  const lost = new AbortController();
  const ended = new AbortController();
  const beating = beat(store, clock, lease, lost, ended.signal);
  return {
    authority: { fence: lease.fence, signal: AbortSignal.any([request.signal, lost.signal]) },
    async release() {
      ended.abort();
      await beating;
      await store.release(lease);
    },
  };
}

async function beat(
  store: LeaseStore,
  clock: Clock,
  lease: Lease,
  lost: AbortController,
  ended: AbortSignal,
): Promise<void> {
  let expiresAt = lease.expiresAt;
  while (!ended.aborted) {
    await clock.wait(HEARTBEAT, ended).catch(() => undefined);
    if (ended.aborted) return;
    const now = clock.now();
    const renewed = await store.renew(lease, now, now + LEASE_LENGTH, lease.doing).catch(() => null);
    if (renewed === undefined || (renewed === null && now >= expiresAt)) {
      lost.abort(
        new HoldpointError('lease-lost', `the lease of ${lease.environment} was lost`, {
          next: 'See who holds it with `holdpoint status`, then go on with `holdpoint resume`.',
        }),
      );
      return;
    }
    expiresAt = renewed?.expiresAt ?? expiresAt;
  }
}

function heldBy(lease: Lease, now: number): HoldpointError {
  const since = formatDuration(now - lease.since);
  return new HoldpointError(
    'lease-held',
    `${lease.holder} has held ${lease.environment} for ${since}: ${lease.doing}`,
    {
      next: `See what it is doing with \`holdpoint status\`. If it is dead, its lease ends in ${formatDuration(lease.expiresAt - now)}.`,
    },
  );
}

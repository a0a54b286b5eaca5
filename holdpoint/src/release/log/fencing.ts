import { HoldpointError } from '../../kernel/errors.ts';
import type { Lease, LeaseClaim } from './log.ts';

/** Throws `lease-lost` unless this lease is held under just this fence at `now`. */
export function assertHeld(lease: Lease | undefined, fence: number, now: number): void {
  if (lease?.fence === fence && lease.expiresAt > now) return;
  const why =
    lease !== undefined && lease.fence > fence
      ? `${lease.holder} has taken ${lease.environment} over`
      : 'the lease has run out';
  throw new HoldpointError('lease-lost', `nothing more is written: ${why}`, {
    next: 'See who holds it with `holdpoint status`, then go on with `holdpoint resume`.',
  });
}

/** Whether a lease may be taken: it has run out, or it is the very one that was judged to be nobody's. */
export function isFree(lease: Lease | undefined, { now, over }: LeaseClaim): boolean {
  if (lease === undefined || lease.expiresAt <= now) return true;
  // A renewal meanwhile shows that its holder lives after all.
  return over !== undefined && lease.fence === over.fence && lease.expiresAt === over.expiresAt;
}

/** The lease that a claim becomes, after the one that was there. */
export function leaseOf({ now, over: _, ...claim }: LeaseClaim, before: Lease | undefined): Lease {
  return { ...claim, fence: (before?.fence ?? 0) + 1, since: now };
}

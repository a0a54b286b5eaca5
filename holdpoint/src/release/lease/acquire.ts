import type { Clock } from '../../kernel/clock.ts';
import { formatDuration } from '../../kernel/durations.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Lease, LeaseStore } from '../log/log.ts';
import { type Here, hasEnded } from './holder.ts';

/** All that share a log have to use the same: how long another's lease may last is judged by one's own. */
export interface LeaseTimes {
  /** Milliseconds until a lease that nobody renews is free. */
  readonly length: number;
  /** Milliseconds between two renewals. */
  readonly heartbeat: number;
}

/** Three renewals may fail before the lease is lost. */
export const LEASE_TIMES: LeaseTimes = { length: 60_000, heartbeat: 15_000 };

export interface LeaseRequest {
  readonly environment: string;
  /** Another one for each request: it tells one holder from the next. */
  readonly holder: string;
  /** What the holder is doing, asked at each heartbeat, for whoever finds the environment taken. */
  readonly doing: () => string;
  readonly signal: AbortSignal;
  readonly times?: LeaseTimes;
  /** Without it, the end of no other process is seen. */
  readonly here?: Here | undefined;
  /** Makes it wait for a lease that another holds, and is told once which. Without it such a lease is refused. */
  readonly onHeld?: ((lease: Lease) => void) | undefined;
}

/** Milliseconds between two looks at a lease that is being waited for. */
const LOOK = 1_000;

/** Takes the lease. Throws `lease-held` when another holds it, or the signal's reason while it waits for that one. */
export async function acquire(store: LeaseStore, clock: Clock, request: LeaseRequest): Promise<Lease> {
  let told = false;
  for (;;) {
    const lease = await attempt(store, clock, request);
    if (lease.holder === request.holder) return lease;
    if (request.onHeld === undefined) throw heldBy(lease, clock.now());
    if (!told) request.onHeld(lease);
    told = true;
    await clock.wait(LOOK, request.signal);
  }
}

/** The own lease, or the one that stands in its way. */
async function attempt(store: LeaseStore, clock: Clock, request: LeaseRequest): Promise<Lease> {
  const { environment, holder, here } = request;
  const { length } = request.times ?? LEASE_TIMES;
  const take = (over?: Lease): Promise<Lease> => {
    const now = clock.now();
    return store.take({
      environment,
      holder,
      now,
      expiresAt: now + length,
      doing: request.doing(),
      ...(here === undefined ? {} : { process: here.self }),
      ...(over === undefined ? {} : { over }),
    });
  };
  const lease = await take();
  if (lease.holder === holder) return lease;
  const abandoned = (await hasEnded(lease.process, here)) || (await staysAhead(store, clock, lease, request));
  return abandoned ? take(lease) : lease;
}

/**
 * Whether a lease lasts longer than any can, since it was written before the clock went back, and nobody renews it: its
 * end may be years away. A holder that lives writes a sound end with its next heartbeat.
 */
async function staysAhead(
  store: LeaseStore,
  clock: Clock,
  lease: Lease,
  { times = LEASE_TIMES, signal }: LeaseRequest,
): Promise<boolean> {
  const left = lease.expiresAt - clock.now();
  if (left <= times.length) return false;
  await clock.wait(2 * times.heartbeat, signal);
  const later = await store.current(lease.environment, clock.now());
  return later?.fence === lease.fence && later.expiresAt === lease.expiresAt;
}

function heldBy(lease: Lease, now: number): HoldpointError {
  const left = formatDuration(Math.max(0, lease.expiresAt - now));
  return new HoldpointError('lease-held', heldInWords(lease, now), {
    next: `See what it is doing with \`holdpoint status\`, or wait for it with --wait. If its machine is dead, its lease ends in ${left}.`,
  });
}

/** `ada@host has held production for 3 min: deploying 2.0.0`. */
export function heldInWords({ holder, environment, since, doing }: Lease, now: number): string {
  return `${holder} has held ${environment} for ${formatDuration(Math.max(0, now - since))}: ${doing}`;
}

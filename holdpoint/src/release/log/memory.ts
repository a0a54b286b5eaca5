import { HoldpointError } from '../../kernel/errors.ts';
import type { LoggedEvent } from '../events.ts';
import type { EdgeCount } from '../state.ts';
import { seal } from './chain.ts';
import { assertHeld, isFree, leaseOf } from './fencing.ts';
import type { Lease, LeaseStore, Outline, RunLog } from './log.ts';
import { writable } from './writable.ts';

/** A log in memory, for tests of what is built upon one; two of them share nothing. */
export function memoryLog(): RunLog & { readonly leases: LeaseStore } {
  const runs = new Map<string, LoggedEvent[]>();
  const leases = new Map<string, Lease>();
  return {
    async append(run, at, unsealed, fence) {
      const events = runs.get(run);
      const body = writable(run, unsealed, events !== undefined);
      const opening = events?.[0]?.body ?? body;
      if (fence !== undefined && opening.type === 'run.opened')
        assertHeld(leases.get(opening.environment), fence, at);
      const event = seal(run, events?.at(-1), at, body);
      runs.set(run, [...(events ?? []), event]);
      return event;
    },
    read: async (run, after = 0) => (runs.get(run) ?? []).filter(({ seq }) => seq > after).map(copyOf),
    outline: async (run) => outlineOf((runs.get(run) ?? []).map(copyOf)),
    async head(run) {
      const last = runs.get(run)?.at(-1);
      return last === undefined ? undefined : { seq: last.seq, hash: last.hash };
    },
    runs: async () =>
      [...runs]
        .map(([run, events]) => summaryOf(run, events))
        .sort((one, other) => other.openedAt - one.openedAt || (other.run < one.run ? -1 : 1)),
    leases: memoryLeases(leases),
    close: async () => undefined,
  };
}

/** As it would come back from a disk, so that nobody changes the log by changing what was read. */
const copyOf = (event: LoggedEvent): LoggedEvent => ({ ...event, body: structuredClone(event.body) });

function summaryOf(run: string, events: readonly LoggedEvent[]) {
  const [first] = events;
  const last = events.at(-1);
  if (first?.body.type !== 'run.opened' || last === undefined) {
    throw new HoldpointError('internal', `run '${run}' has no opening event`);
  }
  return {
    run,
    environment: first.body.environment,
    openedAt: first.at,
    head: { seq: last.seq, hash: last.hash },
  };
}

function outlineOf(events: readonly LoggedEvent[]): Outline {
  const last = events.at(-1);
  let count = 0;
  let edge: EdgeCount | undefined;
  for (const { body } of events) {
    // Its totals stand for every block before it.
    if (body.type === 'edge.counted') edge = undefined;
    if (body.type !== 'watch.block') continue;
    count += 1;
    const seen = (body.block as { edge?: EdgeCount } | null)?.edge;
    if (seen === undefined) continue;
    const { requests = 0, lost = 0 } = edge ?? {};
    edge = { requests: requests + seen.requests, lost: lost + seen.lost };
  }
  return {
    events: events.filter(({ body }) => body.type !== 'watch.block'),
    blocks: { count, edge },
    last: last === undefined ? undefined : { seq: last.seq, hash: last.hash, at: last.at },
  };
}

function memoryLeases(leases: Map<string, Lease>): LeaseStore {
  const held = ({ environment, holder, fence }: Lease): Lease | undefined => {
    const lease = leases.get(environment);
    return lease?.holder === holder && lease.fence === fence ? lease : undefined;
  };
  return {
    async take(claim) {
      const before = leases.get(claim.environment);
      if (before !== undefined && !isFree(before, claim)) return before;
      const lease = leaseOf(claim, before);
      leases.set(claim.environment, lease);
      return lease;
    },
    async renew(lease, now, expiresAt, doing) {
      const own = held(lease);
      if (own === undefined || own.expiresAt <= now) return undefined;
      const renewed = { ...own, expiresAt, doing };
      leases.set(lease.environment, renewed);
      return renewed;
    },
    async release(lease) {
      const own = held(lease);
      if (own !== undefined) leases.set(lease.environment, { ...own, expiresAt: 0 });
    },
    async current(environment, now) {
      const lease = leases.get(environment);
      return lease !== undefined && lease.expiresAt > now ? lease : undefined;
    },
  };
}

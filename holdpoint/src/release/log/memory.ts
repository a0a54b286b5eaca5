import { HoldpointError } from '../../kernel/errors.ts';
import type { LoggedEvent } from '../events.ts';
import { seal } from './chain.ts';
import type { Lease, LeaseStore, RunLog } from './log.ts';
import { writable } from './writable.ts';

/** A log in memory, for tests of what is built upon one; two of them share nothing. */
export function memoryLog(): RunLog & { readonly leases: LeaseStore } {
  const runs = new Map<string, LoggedEvent[]>();
  return {
    async append(run, at, body) {
      const events = runs.get(run);
      const event = seal(run, events?.at(-1), at, writable(run, body, events !== undefined));
      runs.set(run, [...(events ?? []), event]);
      return event;
    },
    read: async (run, after = 0) => (runs.get(run) ?? []).filter(({ seq }) => seq > after).map(copyOf),
    async head(run) {
      const last = runs.get(run)?.at(-1);
      return last === undefined ? undefined : { seq: last.seq, hash: last.hash };
    },
    runs: async () =>
      [...runs]
        .map(([run, events]) => summaryOf(run, events))
        .sort((one, other) => other.openedAt - one.openedAt || (other.run < one.run ? -1 : 1)),
    leases: memoryLeases(),
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

function memoryLeases(): LeaseStore {
  const leases = new Map<string, Lease>();
  const held = ({ environment, holder, fence }: Lease): Lease | undefined => {
    const lease = leases.get(environment);
    return lease?.holder === holder && lease.fence === fence ? lease : undefined;
  };
  return {
    async take(environment, holder, now, expiresAt, doing) {
      const before = leases.get(environment);
      if (before !== undefined && before.expiresAt > now) return before;
      const lease = { environment, holder, fence: (before?.fence ?? 0) + 1, since: now, expiresAt, doing };
      leases.set(environment, lease);
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

import type { EventBody, LoggedEvent } from '../events.ts';
import type { ChainHead } from './chain.ts';

export interface RunSummary {
  readonly run: string;
  readonly environment: string;
  readonly openedAt: number;
  readonly head: ChainHead;
}

/** Who may act on an environment. The fence grows with every holder; an effect with an older one is refused. */
export interface Lease {
  readonly environment: string;
  readonly holder: string;
  readonly fence: number;
  readonly since: number;
  readonly expiresAt: number;
  readonly doing: string;
}

/** Where events lie. An append that returned is on the disk, and was the next in its run. */
export interface RunLog {
  /** Seals and appends. Throws `conflict` when another writer was first, and then has written nothing. */
  append(run: string, at: number, body: EventBody): Promise<LoggedEvent>;
  /** Events of a run after `seq`, in order, each parsed. Throws `tampered` on what is no event. */
  read(run: string, after?: number): Promise<readonly LoggedEvent[]>;
  head(run: string): Promise<ChainHead | undefined>;
  /** The newest first. */
  runs(): Promise<readonly RunSummary[]>;
  close(): Promise<void>;
}

/** Where leases lie; the same store as the log, so that both are lost together or not at all. */
export interface LeaseStore {
  /** Takes a free or expired lease and returns it; returns the present one of another holder unchanged. */
  take(environment: string, holder: string, now: number, expiresAt: number, doing: string): Promise<Lease>;
  /** Prolongs; undefined when it was lost. */
  renew(lease: Lease, now: number, expiresAt: number, doing: string): Promise<Lease | undefined>;
  release(lease: Lease): Promise<void>;
  current(environment: string, now: number): Promise<Lease | undefined>;
}

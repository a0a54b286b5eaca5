import type { EventBody, LoggedEvent } from '../events.ts';
import type { EdgeCount } from '../state.ts';
import type { ChainHead } from './chain.ts';

export interface RunSummary {
  readonly run: string;
  readonly environment: string;
  readonly openedAt: number;
  readonly head: ChainHead;
}

/** A process, told so exactly that another on the same machine can see that it has ended. */
export interface LeaseProcess {
  readonly host: string;
  /** One boot of one kernel; absent where the system does not tell. */
  readonly boot?: string;
  /** What its number and its start are counted in; absent where the system does not tell. */
  readonly namespace?: string;
  readonly pid: number;
  /** Compared, never computed with. */
  readonly startTicks: number;
}

/** Who may act on an environment. The fence grows with every holder; an effect with an older one is refused. */
export interface Lease {
  readonly environment: string;
  readonly holder: string;
  /** Absent in leases of versions that did not record it. */
  readonly process?: LeaseProcess;
  readonly fence: number;
  readonly since: number;
  readonly expiresAt: number;
  readonly doing: string;
}

export interface LeaseClaim extends Omit<Lease, 'fence' | 'since'> {
  /** Becomes the lease's `since`. */
  readonly now: number;
  /** A lease that was judged to be nobody's: it is taken before its end, if it is still just as it was seen. */
  readonly over?: Lease;
}

/** A run without what its watch counted: enough to say how it stands, however long it was watched. */
export interface Outline {
  /** In order, each parsed; the blocks of the watch are left out. */
  readonly events: readonly LoggedEvent[];
  readonly blocks: {
    readonly count: number;
    /** What the edge saw in those after the last `edge.counted`; undefined when none of them says. */
    readonly edge: EdgeCount | undefined;
  };
  /** Its last event, of whatever kind. */
  readonly last: { readonly seq: number; readonly hash: string; readonly at: number } | undefined;
}

/** Where events lie. An append that returned is on the disk, and was the next in its run. */
export interface RunLog {
  /**
   * Seals and appends. Throws `conflict` when another writer was first, and then has written nothing. An event never
   * lies before the one it follows: where the clock went back, it gets the time of that one. With a fence the event is
   * written only while the lease of the run's environment is held under it at `at`, else `lease-lost` is thrown: a lease
   * that ran out writes nothing more, even if nobody took it yet, since its end is all that another waits for. People
   * who sign hold no lease and give no fence. Throws `unreachable` when the disk is full or fails.
   */
  append(run: string, at: number, body: EventBody, fence?: number): Promise<LoggedEvent>;
  /** Events of a run after `seq`, in order, each parsed. Throws `tampered` on what is no event. */
  read(run: string, after?: number): Promise<readonly LoggedEvent[]>;
  /** For looking on; never for evidence, and never to go on with a run. Throws `tampered` as `read` does. */
  outline(run: string): Promise<Outline>;
  head(run: string): Promise<ChainHead | undefined>;
  /** The newest first. */
  runs(): Promise<readonly RunSummary[]>;
  close(): Promise<void>;
}

/** Where leases lie; the same store as the log, so that both are lost together or not at all. */
export interface LeaseStore {
  /** Takes a free or expired lease and returns it; returns the present one of another holder unchanged. */
  take(claim: LeaseClaim): Promise<Lease>;
  /** Prolongs; undefined when it was lost. */
  renew(lease: Lease, now: number, expiresAt: number, doing: string): Promise<Lease | undefined>;
  release(lease: Lease): Promise<void>;
  current(environment: string, now: number): Promise<Lease | undefined>;
}

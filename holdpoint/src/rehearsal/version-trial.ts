import type { Restored } from '../backup/backup.ts';
import type { Journey } from '../smoke/journey.ts';
import type { JourneyReport } from '../smoke/report.ts';
import type { Launch } from '../targets/target.ts';

/** One version on one copy. */
export interface VersionTry {
  readonly version: string;
  /** One a service, in the order in which they are started. */
  readonly launches: readonly Launch[];
  readonly restored: Restored;
  /** The service that journeys talk to. */
  readonly entry: string;
  readonly journeys: readonly Journey[];
  readonly signal: AbortSignal;
}

/** What a version did on a copy. */
export interface VersionTrial {
  readonly version: string;
  /** Whether nothing but the copy could be reached. */
  readonly cutOff: boolean;
  /** False when a service did not become ready; then no journey was run. */
  readonly started: boolean;
  readonly services: readonly { readonly name: string; readonly readyMs: number }[];
  readonly journeys: readonly JourneyReport[];
  /** Last lines, without secrets. */
  readonly log: readonly string[];
}

/** Starts a version on a copy and runs journeys there. Throws `configuration` where that cannot be done at all. */
export type TryVersion = (order: VersionTry) => Promise<VersionTrial>;

/** A trial, or why there was none. */
export type Tried =
  | { readonly kind: 'tried'; readonly trial: VersionTrial }
  | { readonly kind: 'untried'; readonly why: string };

/** What the two versions did, in the order in which they were tried. */
export interface Trials {
  /** On the migrated copy. */
  readonly newVersion: Tried;
  /** On that same copy, with the rows that the new one wrote. */
  readonly oldVersion: Tried;
  /** Back by the down migration with those rows in place, where it was proven before and is needed. */
  readonly back?: {
    /** Why that way is none with them; undefined when it ended with the old schema. */
    readonly broken: string | undefined;
    readonly oldVersion: Tried;
  };
  /** The old version on a copy that was never migrated, where it had to be compared. */
  readonly control?: Tried;
}

import type { Restored } from '../backup/backup.ts';
import type { Launch, Tryable } from '../targets/target.ts';
import type { TrialRequest, VersionTrial } from './trial.ts';

/** One version on one copy; what is missing for a whole request does not change from trial to trial. */
export interface VersionTry<One extends Tryable = Launch>
  extends Pick<TrialRequest<One>, 'version' | 'launches' | 'entry' | 'journeys' | 'signal'> {
  readonly restored: Restored;
  /** Variables that differ from the declared ones. */
  readonly environment: Readonly<Record<string, string>>;
  readonly isolation: 'required' | 'preferred';
}

/** Starts a version on a copy and runs journeys there. Throws `configuration` where that cannot be done at all. */
export type TryVersion<One extends Tryable = Launch> = (order: VersionTry<One>) => Promise<VersionTrial>;

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

import type { Migration, MigrationStatus } from '../migrate/migrations.ts';
import type { Sampling } from './locks.ts';
import type { OwnWrites, Rewrite } from './rewrites.ts';
import type { ShapeDifference } from './schema-shape.ts';
import type { Trials } from './version-trial.ts';

/** Old content that is no longer there, or no longer the same. Names are those before. */
export interface Lost {
  readonly tables: readonly string[];
  /** `schema.table.column` */
  readonly columns: readonly string[];
  readonly changed: readonly {
    readonly table: string;
    readonly rowsBefore: number;
    readonly rowsAfter: number;
    /** Whose values are others than before. */
    readonly columns: readonly string[];
  }[];
  /** Too large to be read, and touched by the migration. */
  readonly uncompared: readonly string[];
}

/** What going down has shown. */
export type Down =
  /** It ended well, and schema and rows are what they were. */
  | { readonly kind: 'proven'; readonly milliseconds: number }
  | {
      readonly kind: 'failed';
      readonly migration: Migration;
    }
  | {
      readonly kind: 'lossy';
      readonly milliseconds: number;
      /** From before going up. */
      readonly differences: readonly ShapeDifference[];
      readonly lost: Lost;
    }
  | { readonly kind: 'untried'; readonly why: string };

/** What remains of a migration that failed. */
export interface HalfDone {
  /** From before going up; none when it has undone everything itself. */
  readonly differences: readonly ShapeDifference[];
  readonly lost: Lost;
}

/** What the migration alone did to the copy. */
export interface MigrationFindings {
  readonly before: MigrationStatus;
  /** Undefined when nothing was pending. */
  readonly up: Migration | undefined;
  readonly sampling: Sampling;
  readonly rewrites: readonly Rewrite[];
  readonly lost: Lost;
  /** Its own writes to old tables, which are no writes of users. */
  readonly writes: readonly OwnWrites[];
  /** Only when `up` failed. */
  readonly halfDone?: HalfDone;
  readonly down: Down;
  /** The second way up, after a way down that was proven. */
  readonly again?: Migration;
  /** Tables with rows before, the migration tool's own left out. */
  readonly holdsRows: readonly string[];
  /** Tables larger than what is read; what the migration did not touch there is known all the same. */
  readonly unread: readonly string[];
}

/** Whether the copy now stands where the release wants it. */
export function standsMigrated({ up, down, again }: MigrationFindings): boolean {
  if (up === undefined) return true;
  if (!up.settled) return false;
  return down.kind === 'untried' || again?.settled === true;
}

export interface Limits {
  /** Milliseconds that the migration may take. */
  readonly duration: number;
  /** Milliseconds at a stretch for which it may keep others from writing to a table. */
  readonly lock: number;
}

/** All that a rehearsal has found. */
export interface Findings {
  /** Undefined on a first deployment. */
  readonly from: string | undefined;
  readonly to: string;
  readonly migration: MigrationFindings;
  readonly trials: Trials;
}

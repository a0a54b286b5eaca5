import type { LostRows } from '../backup/backup.ts';
import type { Evidence } from '../kernel/verdict.ts';
import type { Revision } from '../targets/target.ts';

/** How the old version comes back into service, decided before anything goes forward. */
export type WayBack =
  /** The old version ran on the migrated copy, or nothing is migrated: its code alone is enough. */
  | { readonly kind: 'code-only'; readonly reasons: readonly string[] }
  /** The old version needs the old schema: by the down migration, which lost nothing on the copy, or by restoring the backup. */
  | { readonly kind: 'database'; readonly by: 'down' | 'restore'; readonly reasons: readonly string[] }
  | { readonly kind: 'none'; readonly reasons: readonly string[] };

export interface RehearsalRequest {
  /** Id of the verified backup that is restored. */
  readonly backup: string;
  /** Serves now; undefined on a first deployment. */
  readonly from: Revision | undefined;
  readonly to: Revision;
  readonly signal: AbortSignal;
}

/** What going forward on a copy has shown. */
export interface Rehearsal {
  /** Of `database.migrations`: a pass only when the migration ran to its end within its limits. */
  readonly evidence: Evidence;
  readonly wayBack: WayBack;
  /** Rows that the migration itself writes: whoever counts what users wrote since a backup has to take them off. */
  readonly ownWrites?: readonly LostRows[];
}

/** Goes forward and back on a restored copy, cut off from everything else. Throws when it could not be tried at all. */
export interface Rehearser {
  rehearse(request: RehearsalRequest): Promise<Rehearsal>;
}

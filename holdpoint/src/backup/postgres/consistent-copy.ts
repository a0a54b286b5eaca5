import type { Session } from '../../system/postgres/connection.ts';
import type { CopiedFile, DataCopy } from './data-copy.ts';
import type { Writes } from './statistics.ts';

/** A filled folder: a data directory that becomes consistent by replaying the log that lies in it. */
export interface BaseBackup {
  readonly startLsn: string;
  readonly stopLsn: string;
  readonly timeline: number;
  readonly startedAt: number;
  /** Milliseconds since the Unix epoch: everything committed before is in it. */
  readonly at: number;
  /** Statistics read shortly before that instant. */
  readonly writes: Writes;
  readonly folders: readonly string[];
  readonly files: readonly CopiedFile[];
  readonly tablespaces: readonly { readonly oid: string; readonly location: string }[];
}

export interface CopyOptions extends DataCopy {
  readonly label: string;
  /** Free on the server: lower-case letters, digits and underscores. */
  readonly slot: string;
  readonly walSegmentSize: number;
  readonly now: () => number;
  /** Reads the statistics; called before the instant that the copy will show. */
  readonly observe: () => Promise<Writes>;
}

export type Way = 'pg_basebackup' | 'pg_backup_start';

/** One way to fill a folder with a consistent copy of a running server. */
export interface ConsistentCopy {
  readonly way: Way;
  /**
   * Fills `target`, an empty folder, and waits until the disk has it; tablespaces become plain folders in it. The
   * session is used beside it. Throws `configuration` with the statement that is missing when the user may not.
   */
  take(session: Session, options: CopyOptions): Promise<BaseBackup>;
}

import type { Digest, RunId } from '../kernel/ids.ts';
import type { Evidence } from '../kernel/verdict.ts';

/** The instant that a backup shows: everything committed before `at` is in it. */
export interface ConsistencyPoint {
  /** Position in the write-ahead log, as PostgreSQL writes it: `0/3000158`. */
  readonly lsn: string;
  readonly timeline: number;
  /** Milliseconds since the Unix epoch, by this machine's clock. */
  readonly at: number;
}

/** One complete backup. */
export interface Backup {
  readonly id: string;
  readonly run: RunId;
  readonly consistencyPoint: ConsistencyPoint;
  readonly bytes: number;
  readonly databases: readonly string[];
  /** Of its manifest, which holds the digest of every file; what a log keeps to notice a change. */
  readonly digest: Digest;
  /** When a restored copy of exactly this content last passed; undefined when none has. */
  readonly provenAt: number | undefined;
}

/** What a restored copy showed. */
export interface Proof {
  /** Milliseconds from the first copied byte until the restored server answered. */
  readonly restoredInMs: number;
  readonly tables: number;
  readonly rows: number;
  readonly consistencyPoint: ConsistencyPoint;
}

export interface Proving {
  readonly evidence: Evidence;
  /** Present when the evidence is a pass. */
  readonly proof?: Proof;
}

/** A restored copy while it runs: on this machine only, with passwords of its own, gone afterwards. */
export interface Restored {
  /** The same user and database as in `database.url`. */
  readonly url: string;
  readonly superuserUrl: string;
  readonly restoredInMs: number;
}

/** Backups of one database server. An abort through `signal` ends each with its reason and leaves nothing behind. */
export interface DatabaseBackup {
  /** A backup that is consistent under load. Throws `configuration` when the server does not allow one. */
  create(run: RunId, signal?: AbortSignal): Promise<Backup>;
  /** The complete ones, newest first. */
  list(): Promise<readonly Backup[]>;
  /** Reads every file back and compares it with the manifest. Throws `not-found`, `tampered` for the manifest itself. */
  verify(id: string, signal?: AbortSignal): Promise<Evidence>;
  /**
   * Restores into a scratch server and reads everything there. What is wrong with the backup is a `fail`; what keeps
   * the proof from being made is thrown. Throws `not-found`, and `tampered` for the manifest itself.
   */
  prove(id: string, signal?: AbortSignal): Promise<Proving>;
  /** Lends a restored copy. Throws `tampered` when the backup is not what was written, `command-failed`. */
  withRestored<Result>(
    id: string,
    use: (restored: Restored) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result>;
  /** Removes what `prune` names, and what died half-way; the ids that went. */
  retain(keep: number, protectedIds: readonly string[]): Promise<readonly string[]>;
}

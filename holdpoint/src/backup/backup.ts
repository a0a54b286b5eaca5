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
  /** How the files were copied: by the client program, or between the server's own functions. */
  readonly way?: 'pg_basebackup' | 'pg_backup_start';
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

/** Rows of one table that were written since a backup, and would be lost by restoring it. */
export interface LostRows {
  /** `database.schema.table` */
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** What restoring a backup now would lose. */
export interface Loss {
  /** Milliseconds from the consistency point until now. */
  readonly milliseconds: number;
  /** Tables with writes, the most first. */
  readonly tables: readonly LostRows[];
  /** Writes in all of them. */
  readonly rows: number;
  /** Why nobody can say how much was written, such as statistics that were reset meanwhile; then the above is a lower bound. */
  readonly unknown?: string;
}

export type RestoreStepName = 'lay-beside' | 'stop-server' | 'swap' | 'start-server' | 'compare';

/** One effect of putting a backup in the place of the server's data. */
export interface RestoreStep {
  readonly name: RestoreStepName;
  readonly title: string;
  /** Returns what was done, in a line. May be called again after it was cut off, and then does nothing twice. */
  readonly perform: (signal: AbortSignal) => Promise<string>;
  /** Asks the machine whether its effect stands; undefined when it does not. */
  readonly found: () => Promise<string | undefined>;
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
  /** What was written since, by the server's own statistics. Throws `not-found`, `unreachable`. */
  lossSince(id: string, signal?: AbortSignal): Promise<Loss>;
  /**
   * The steps that replace the server's data by this backup, in order. The present data is kept beside it: `swap`
   * moves it aside and never removes it. Writes must have stopped before `stop-server`. Throws `not-found`, `tampered`.
   */
  restoring(id: string, run: RunId): Promise<readonly RestoreStep[]>;
}

import type { Digest } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';

/** How a copy came to be of one moment. */
export type Consistency =
  /** Nobody wrote: the containers that use it were stopped or paused meanwhile. */
  | { readonly kind: 'quiet'; readonly how: 'stopped' | 'paused' | 'nobody used it' }
  /** The server's own functions gave one. */
  | { readonly kind: 'server'; readonly point: string }
  /** Taken while others wrote; each file is whole by itself, since it was the same before and after it was read. */
  | { readonly kind: 'files' };

/** What a source has laid into a folder, ready to be kept. */
export interface Captured {
  /** Milliseconds since the Unix epoch: everything written before is in it. */
  readonly at: number;
  readonly consistency: Consistency;
  /** Facts that the restored copy is compared with: row counts, keys, sizes. */
  readonly facts: Readonly<Record<string, string | number>>;
}

/** Lends the captured tree, so that a volume that nobody writes to need not be copied first. */
export interface Lent extends Captured {
  readonly folder: string;
  /** Where the source has looked at all of it already: bytes that it takes on the disk. */
  readonly looked?: { readonly allocated: number };
  /** It is the data itself and no copy of it: the next backup meets the same files again. */
  readonly inPlace?: boolean;
}

/** A file as it was just read: its path below the folder, and the SHA-256 of its content. */
export interface ReadFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: Digest;
}

/** What whoever proves a copy knows of it, and wants to know beside the evidence. */
export interface Proving {
  /** Files of the folder that need not be read once more to know their digests. */
  readonly read?: readonly ReadFile[];
  /** Told of each phase once it is over, in milliseconds. */
  readonly took?: (phase: 'start' | 'ready' | 'verify', milliseconds: number) => void;
  /**
   * Called while the scratch runs, with the variables that lead to it: `DATABASE_URL`, `REDIS_URL`, or
   * `HOLDPOINT_VOLUME_UPLOADS`, a folder. Its evidence becomes part of the proof's.
   */
  readonly visit?: (scratch: Readonly<Record<string, string>>) => Promise<Evidence | undefined>;
}

/** One thing that holds data: a volume, a database server, a Redis. */
export interface Source {
  /** `volume:uploads`, `postgres:toolboxai`, `redis:cache`: unique in a backup, and what people name. */
  readonly name: string;
  readonly kind: 'volume' | 'postgres-physical' | 'postgres-dump' | 'redis';
  /**
   * Gets it into a state that is consistent, lends the folder, and afterwards undoes whatever it did to the running
   * system. `scratch` is an empty folder for what has to be laid out first.
   */
  capture<Result>(
    scratch: string,
    use: (lent: Lent) => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result>;
  /**
   * Starts a scratch of its own on a restored folder, compares it with what was captured, and removes it. The folder is
   * used up by it: to be restored from afterwards it has to be fetched again. What is wrong with the copy is a `fail`;
   * what keeps the proof from being made is thrown.
   */
  prove(folder: string, captured: Captured, signal?: AbortSignal, proving?: Proving): Promise<Evidence>;
  /**
   * Folder beside the present data: what is restored there need not be copied again. Undefined where there is none yet.
   * Throws `configuration` when so many bytes have no room.
   */
  beside?(bytes: number, signal?: AbortSignal): Promise<string | undefined>;
  /**
   * Puts a restored folder in the place of the present data, which is kept first. Returns where that lies. The folder
   * may be used up by it.
   */
  putBack(folder: string, signal?: AbortSignal): Promise<{ readonly kept: string }>;
}

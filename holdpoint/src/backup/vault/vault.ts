import type { Digest } from '../../kernel/ids.ts';

/** Where in a vault something lies; written into the manifest, and nothing else is needed to fetch it. */
export interface Stored {
  /** Relative to the vault: a file's path, or a snapshot's id. */
  readonly key: string;
  /** Bytes that it takes there. */
  readonly bytes: number;
  /** SHA-256 of exactly those bytes, where the engine keeps them as one file. */
  readonly digest?: Digest | undefined;
}

/**
 * A place that keeps whole trees of files, each under the backup that it belongs to. A tree is in it entirely or not
 * at all; a backup is visible only once its manifest is there, and that is written last.
 *
 * An abort through `signal` ends each with its reason. What it throws: `command-failed` with the engine's last lines,
 * `tampered` for what is there and was changed, `not-found` for what is not there, `unreachable`.
 */
export interface Vault {
  readonly kind: 'archive' | 'restic';
  /** Where it is, for people: a folder, or an address without its password. */
  readonly place: string;
  /**
   * Opens what `store` and `seal` write into; invisible until sealed. What another process left behind half-written is
   * removed, unless that process lives.
   */
  begin(backup: string, signal?: AbortSignal): Promise<Deposit>;
  /** Ids of the backups that are sealed, in no order. */
  list(signal?: AbortSignal): Promise<readonly string[]>;
  /** The manifest as it was sealed, byte for byte. */
  manifest(backup: string, signal?: AbortSignal): Promise<string>;
  /** Writes the tree into a folder that is there and empty, with owners, modes, times and links. Reads what really lies there. */
  fetch(backup: string, stored: Stored, into: string, signal?: AbortSignal): Promise<void>;
  /** A text that `write` has kept. Throws `tampered` when it is not the same any more. */
  read(backup: string, stored: Stored, signal?: AbortSignal): Promise<string>;
  /** What is beside the manifest and may change later, such as the result of a drill; undefined when there is none. */
  note(backup: string, name: string, signal?: AbortSignal): Promise<string | undefined>;
  keepNote(backup: string, name: string, text: string, signal?: AbortSignal): Promise<void>;
  /** Takes the manifest away first, so that a removal that is cut off leaves no backup that looks whole. */
  remove(backup: string, signal?: AbortSignal): Promise<void>;
  /** Gives back the space of what was removed, where an engine does that apart. */
  tidy?(signal?: AbortSignal): Promise<void>;
}

/** One backup while it is written. */
export interface Deposit {
  /**
   * Keeps everything below a folder, under a name that is part of a path. `bytes` of its files, where they are known:
   * without room for them nothing is begun.
   */
  store(part: string, folder: string, signal?: AbortSignal, bytes?: number): Promise<Stored>;
  /** Keeps a text beside the trees, such as the list of a tree's files with their digests. */
  write(name: string, text: string, signal?: AbortSignal): Promise<Stored>;
  /** Makes the backup visible, once everything of it has reached the disk or the server. */
  seal(manifest: string, signal?: AbortSignal): Promise<void>;
  /** Removes what was stored; to be called when anything failed before `seal`. */
  abandon(): Promise<void>;
}

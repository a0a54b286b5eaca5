import type { Tryable } from '../targets/target.ts';

/** One replica that runs in a place for trying versions. */
export interface Started {
  /** Its address, as this machine writes it: `http://127.0.0.1:40123`. Throws `configuration` when it takes no requests. */
  reach(): Promise<string>;
  alive(): Promise<boolean>;
  /** What it tells of itself without being asked by a path; undefined when that is nothing. */
  healthy?(): Promise<boolean | undefined>;
  /** The last part of what it wrote. Holds whatever it said: to be redacted. */
  log(): Promise<string>;
}

/** One service that can be started there, and is led to the copy already. */
export interface Placed extends Tryable {
  /** What must not be shown of what it says. */
  readonly secrets: readonly string[];
  /** Throws `command-failed` when it cannot be started. */
  start(): Promise<Started>;
}

/**
 * Where one version is tried: it reaches the copy of the database, and nothing else of what it reaches in production.
 * Everything throws `unreachable` once the place itself has died, which is no fault of what runs there.
 */
export interface Place {
  /** False where that is only hoped for. */
  readonly cutOff: boolean;
  /** In the order in which they are started. */
  readonly services: readonly Placed[];
  /** Ends everything in it, and leaves nothing behind. */
  close(): Promise<void>;
}

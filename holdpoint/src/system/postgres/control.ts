import type { Json } from '../../kernel/canonical.ts';

/** A server that works on a data directory. */
export interface Working {
  /** As a sentence ends: `as process 4711 on port 5432`, `in the container shop_postgres_1`. */
  readonly words: string;
  /** It accepts connections. */
  readonly ready: boolean;
}

/** What a session says of the server that it is with. */
export interface Answering {
  readonly port: number;
  /** Of the server's end of the connection; null through a unix socket. */
  readonly address: string | null;
}

/**
 * The one declared server: where it is, whether it runs, how it is stopped and started. All folders are absolute and of
 * this machine. Nothing is remembered between two calls, so that another process may go on in the middle.
 */
export interface ServerControl {
  /** Its connection string as declared, which may lead nowhere from here. */
  readonly declared: string;
  /** Connection string that leads to it from this machine, as things stand now. Throws `unreachable`, `configuration`. */
  url(signal?: AbortSignal): Promise<string>;
  /** Its data directory. Throws `configuration` when it is not on this machine. */
  data(signal?: AbortSignal): Promise<string>;
  /** A folder that the server names, as this machine has it; undefined when it does not. */
  here(folder: string): Promise<string | undefined>;
  /** What works on this folder as a data directory; undefined when nothing does. */
  working(data: string): Promise<Working | undefined>;
  /** Whether who answers so is the server that works on this folder. */
  isWith(data: string, answering: Answering): Promise<boolean>;
  /** Throws `configuration` for a server that others would start again, or that cannot be stopped from here. */
  assertOurs(data: string): Promise<void>;
  /** How it runs, or ran last, for whoever starts it again; undefined when nothing tells. */
  how(data: string): Promise<Json | undefined>;
  /** Stops it without waiting for its clients, and says so in a line. Throws `timeout`, `command-failed`. */
  stop(data: string, how: Json | undefined, signal: AbortSignal): Promise<string>;
  /**
   * Starts it, or waits for the one that starts, until it accepts connections. Throws `command-failed` and `timeout`
   * with its last words; nothing half-started is left.
   */
  start(data: string, how: Json | undefined, signal: AbortSignal): Promise<Working>;
  /** The words by which a person starts it. */
  startWords(data: string, how: Json | undefined): Promise<readonly string[]>;
}

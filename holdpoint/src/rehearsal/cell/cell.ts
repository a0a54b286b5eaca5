import type { Launch } from '../../targets/target.ts';

/** One service that runs in a cell. */
export interface Started {
  /** Where it was told to listen, on 127.0.0.1 inside the cell. */
  readonly port: number;
  alive(): Promise<boolean>;
  /** The last part of what it wrote, both streams as one. Holds whatever it said: to be redacted. */
  log(): Promise<string>;
}

/**
 * A place for processes that reach one database server and nothing else of this machine or beyond. Everything throws
 * `unreachable` once the cell has died, which is no fault of what runs in it.
 */
export interface Cell {
  /** False where that is only hoped for: they run on this machine as any other process. */
  readonly cutOff: boolean;
  /** Adds `PORT`, `HOST`, `INSTANCE`, `HOME` and `TMPDIR`. Throws `command-failed` when the program cannot be started. */
  start(launch: Launch): Promise<Started>;
  /** An address on this machine, such as `http://127.0.0.1:40123`, of what listens on a port of the cell. */
  reach(port: number): Promise<string>;
  /** Ends everything in it, and leaves nothing behind. */
  close(): Promise<void>;
}

export interface CellOptions {
  /** Host and port of the only server that can be reached, on this machine's loopback address. */
  readonly database: { readonly host: string; readonly port: number };
  /** What will be started there: its folders are shown, wherever they lie. */
  readonly launches: readonly Pick<Launch, 'program' | 'cwd' | 'environment'>[];
  readonly isolation: 'required' | 'preferred';
  /** The program bubblewrap; `bwrap` of PATH when left out. */
  readonly bwrap?: string;
  /** An abort ends the opening; a cell that is open is closed by its owner. */
  readonly signal?: AbortSignal;
}

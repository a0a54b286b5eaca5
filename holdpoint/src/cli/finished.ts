import type { Json } from '../kernel/canonical.ts';

/** How a command ended, for people and for programs at once. */
export interface Finished {
  /** Exit status, from the table of `kernel/errors.ts`. */
  readonly status: number;
  readonly lines: readonly string[];
  /** Fields of the answer to `--json`, beside `holdpoint`, `command` and `exit`. */
  readonly result: Readonly<Record<string, Json | undefined>>;
}

export const done = (lines: readonly string[], result: Finished['result']): Finished => ({
  status: 0,
  lines,
  result,
});

/** Options that every command takes. */
export interface CommonOptions {
  readonly specification?: string;
  readonly json?: boolean;
  /** Who is asking, by name. */
  readonly as?: string;
}

/** Version of the answers to `--json`; grows when a field changes its meaning or goes. */
export const JSON_VERSION = 1;

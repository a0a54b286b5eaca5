import type { RawEvent } from './log-file.ts';
import type { RELEASES } from './stage.ts';

/** Where a process is killed: at a point, after a number of points, or after milliseconds. */
export type Kill =
  | { readonly at: string; readonly nth: number }
  | { readonly afterPoints: number }
  | { readonly afterMs: number };

export interface Trial {
  readonly release: keyof typeof RELEASES;
  /** One for each process, in turn; the process after the last one is left alone. */
  readonly kills: readonly Kill[];
  /** Milliseconds between two requests of the client; 20 when left out. */
  readonly pace?: number;
}

export interface Report {
  readonly trial: Trial;
  /** The last point that each killed process had come to; empty when it had come to none. */
  readonly killed: readonly string[];
  /** Milliseconds from each kill until the next process had its first event in the log. */
  readonly resumedAfter: readonly number[];
  /** Milliseconds of all commands together. */
  readonly took: number;
  /** Every point that any process came to, in order. */
  readonly points: readonly string[];
  /** What is not as it should be; empty when all is well. */
  readonly problems: readonly string[];
}

export interface Killed {
  readonly point: string;
  readonly at: number;
  /** What lay in the log at that moment. */
  readonly events: readonly RawEvent[];
}

export interface Course {
  readonly kills: readonly Killed[];
  readonly resumedAfter: readonly number[];
  readonly problems: readonly string[];
}

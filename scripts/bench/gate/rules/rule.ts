import type { Slice } from '../traffic.ts';

/** Watches a release as a tool does that people run today. */
export interface Rule {
  /** Takes 5 seconds of both versions; `at` is their end, in seconds since the deployment. */
  take(at: number, fresh: Slice, old: Slice): void;
  /** When it rolled back, in seconds; undefined while it has not. */
  readonly decidedAt: number | undefined;
}

/** The same limits as the gate's. */
export const LIMITS = { errors: 0.01, quantile: 0.95, latency: 1 };

import type { Evidence } from '../../kernel/verdict.ts';

/** What a restore spends its time with, in milliseconds each; a part that did not come to it has none. */
export interface DrillTimes {
  readonly locate?: number;
  readonly fetch?: number;
  readonly write?: number;
  readonly start?: number;
  readonly ready?: number;
  readonly verify?: number;
}

/** One backup that was restored for trial. */
export interface Drilled {
  readonly id: string;
  /** Milliseconds since the Unix epoch: its consistency point. */
  readonly at: number;
  readonly evidence: Evidence;
  readonly times: DrillTimes;
  /** Milliseconds from nothing until the last part was ready. */
  readonly restoredInMs?: number;
  readonly parts: readonly { readonly source: string; readonly evidence: Evidence }[];
}

/** What a drill has shown; `evidence` is a pass only when every backup passed and the declared objectives were met. */
export interface DrillReport {
  readonly at: number;
  readonly backups: readonly Drilled[];
  readonly rpo: { readonly measured: number | undefined; readonly objective: number | undefined };
  readonly rto: { readonly measured: number | undefined; readonly objective: number | undefined };
  readonly evidence: Evidence;
}

/**
 * Restores the newest backup and a random older one, from where they really lie, into scratch things of its own,
 * compares and removes them, and keeps each result beside its backup (`keepProof` of `set/proof.ts`), from where
 * retention learns which copies are verified. With `ids`, these instead.
 */
export type Drill = (
  options: { readonly ids?: readonly string[] },
  signal?: AbortSignal,
) => Promise<DrillReport>;

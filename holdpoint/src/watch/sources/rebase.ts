import type { Reading } from './source.ts';

/** Totals that are kept outside of a process, told as if they began with it. */
export interface Rebased {
  readonly processStart: number | null;
  readonly readings: Readonly<Record<string, Reading>>;
  /** As they were counted, for the next time. */
  readonly counted: Readonly<Record<string, Reading>>;
  /** What was counted before the process started. */
  readonly base: Readonly<Record<string, Reading>>;
}

/** Seconds by which two readings of one process's start may differ. */
const SAME_START = 1;

/**
 * Who reads that a process has started anew believes that all of its totals began at 0 with it. Those of an edge go on:
 * from then on they are told without what they were at the look before, or every request would be counted again.
 */
export function rebase(
  before: Rebased | undefined,
  counted: Readonly<Record<string, Reading>>,
  start: number | null,
): Rebased {
  const known = before?.processStart ?? null;
  const restarted = known !== null && start !== null && Math.abs(start - known) > SAME_START;
  const base = (restarted ? before?.counted : before?.base) ?? {};
  const readings = Object.fromEntries(
    Object.entries(counted).map(([id, reading]) => [id, since(base[id], reading)]),
  );
  // What was not told this time was counted all the same.
  return { processStart: start ?? known, readings, counted: { ...before?.counted, ...counted }, base };
}

function since(base: Reading | undefined, now: Reading): Reading {
  if (base?.kind !== 'counted' || now.kind !== 'counted') return now;
  return {
    kind: 'counted',
    trials: now.trials - base.trials,
    events: now.events - base.events,
    eventsForGood: now.eventsForGood - base.eventsForGood,
    tails: now.tails.map((count, index) => count - (base.tails[index] ?? 0)),
  };
}

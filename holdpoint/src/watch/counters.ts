import type { KnownReplica, Totals } from './block.ts';
import type { Answer } from './sources/source.ts';

export type Remembered = NonNullable<KnownReplica['last']>;

export interface Delta {
  readonly totals: Totals;
  /** Milliseconds since the last answer of the same process; null when the two cannot be compared. */
  readonly milliseconds: number | null;
}

export interface Counted {
  /** Undefined when this look is only the baseline for the next. */
  readonly delta: Delta | undefined;
  readonly last: Remembered;
  readonly note?: string;
}

const NAMES = ['answered', 'failed', 'timed', 'within', 'withinForGood', 'cpu'] as const;
/** Seconds by which two readings of one process's start may differ. */
const SAME_START = 1;

/**
 * What one replica counted since its last answer. A process has restarted when its start time moved or, where it
 * tells none, when any counter fell: then all of its counters began at 0. A counter that falls in a process that
 * did not restart lost a series, and only gives a new baseline: its whole history must not count as news.
 */
export function countSince(
  before: Remembered | undefined,
  answer: Answer,
  at: number,
  bornSinceDeploy: boolean,
): Counted {
  const { totals: now, processStart } = answer;
  const last: Remembered = {
    at,
    processStart: processStart ?? before?.processStart ?? null,
    totals: each((name) => now[name] ?? before?.totals[name] ?? null),
  };
  if (before === undefined) {
    return { delta: bornSinceDeploy ? { totals: now, milliseconds: null } : undefined, last };
  }
  const started = startOf(before.processStart, processStart);
  const fell = NAMES.some((name) => (now[name] ?? Number.POSITIVE_INFINITY) < (before.totals[name] ?? 0));
  if (started === 'same' && fell) {
    return { delta: undefined, last, note: 'counters fell without a restart; counting goes on from there' };
  }
  if (started === 'moved' || fell) {
    // What an unreadable series had counted belongs to the process before.
    return { delta: { totals: now, milliseconds: null }, last: { ...last, totals: now } };
  }
  const totals = each((name) => difference(before.totals[name], now[name]));
  return { delta: { totals, milliseconds: at > before.at ? at - before.at : null }, last };
}

function startOf(before: number | null, now: number | null): 'same' | 'moved' | 'unknown' {
  if (before === null || now === null) return 'unknown';
  return Math.abs(now - before) > SAME_START ? 'moved' : 'same';
}

function difference(before: number | null, now: number | null): number | null {
  return before === null || now === null ? null : now - before;
}

function each(value: (name: keyof Totals) => number | null): Totals {
  return {
    answered: value('answered'),
    failed: value('failed'),
    timed: value('timed'),
    within: value('within'),
    withinForGood: value('withinForGood'),
    cpu: value('cpu'),
  };
}

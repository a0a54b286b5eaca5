import type { Remembered } from './carry.ts';
import type { Answer, Reading } from './sources/source.ts';

/** What one replica counted since its last answer, by objective. */
export interface Delta {
  readonly readings: Readonly<Record<string, Reading>>;
  /** Milliseconds since the last answer of the same process; null when the two cannot be compared. */
  readonly milliseconds: number | null;
}

export interface Counted {
  /** Undefined when this look is only the baseline for the next. */
  readonly delta: Delta | undefined;
  readonly last: Remembered;
  readonly note?: string;
}

/** Seconds by which two readings of one process's start may differ. */
const SAME_START = 1;

/**
 * What one replica counted since its last answer. A process has restarted when its start time moved or, where it
 * tells none, when any total fell: then all of its totals began at 0. A total that falls in a process that did not
 * restart lost a series, and only gives a new baseline: its whole history must not count as news. An objective that
 * could not be read keeps what was known of it. One that is read for the first time counts from 0 where the process was
 * born since the deploy, for many series appear with their first event; elsewhere it only gets its baseline.
 */
export function countSince(
  before: Remembered | undefined,
  answer: Answer,
  at: number,
  bornSinceDeploy: boolean,
): Counted {
  const { readings, processStart } = answer;
  if (before === undefined) {
    const last = { at, processStart, readings };
    return { delta: bornSinceDeploy ? { readings, milliseconds: null } : undefined, last };
  }
  const last = {
    at,
    processStart: processStart ?? before.processStart,
    readings: { ...before.readings, ...readings },
  };
  const started = startOf(before.processStart, processStart);
  const fell = Object.entries(readings).some(([id, now]) => hasFallen(before.readings[id], now, started));
  if (started === 'same' && fell) {
    return { delta: undefined, last, note: 'counters fell without a restart; counting goes on from there' };
  }
  if (started === 'moved' || fell) {
    // What an unreadable series had counted belongs to the process before.
    return { delta: { readings, milliseconds: null }, last: { ...last, readings } };
  }
  const grown: Record<string, Reading> = {};
  for (const [id, now] of Object.entries(readings)) {
    const difference = differenceOf(before.readings[id], now, bornSinceDeploy);
    if (difference !== undefined) grown[id] = difference;
  }
  return { delta: { readings: grown, milliseconds: at > before.at ? at - before.at : null }, last };
}

function startOf(before: number | null, now: number | null): 'same' | 'moved' | 'unknown' {
  if (before === null || now === null) return 'unknown';
  return Math.abs(now - before) > SAME_START ? 'moved' : 'same';
}

function hasFallen(before: Reading | undefined, now: Reading, started: ReturnType<typeof startOf>): boolean {
  if (before === undefined) return false;
  if (before.kind === 'slope' && now.kind === 'slope') return now.total < before.total;
  if (before.kind !== 'counted' || now.kind !== 'counted') return false;
  if (now.trials < before.trials) return true;
  // Trials alone would miss a restart that they have made up for. Where the start is known, slow requests may fall by
  // one, since a scrape can catch the buckets a moment later than the count.
  return started !== 'same' && now.events < before.events;
}

/** Undefined for a total that has nothing to be compared with. */
function differenceOf(before: Reading | undefined, now: Reading, born: boolean): Reading | undefined {
  switch (now.kind) {
    case 'level':
    case 'instant':
      return now;
    case 'slope':
      return before?.kind === 'slope' ? { kind: 'slope', total: now.total - before.total } : undefined;
    case 'counted': {
      if (before?.kind !== 'counted') return born ? now : undefined;
      const trials = now.trials - before.trials;
      const within = (grown: number): number => Math.min(trials, Math.max(0, grown));
      return {
        kind: 'counted',
        trials,
        events: within(now.events - before.events),
        eventsForGood: within(now.eventsForGood - before.eventsForGood),
        tails: now.tails.map((tail, index) => within(tail - (before.tails[index] ?? tail))),
      };
    }
    default:
      return now satisfies never;
  }
}

import type { FreshnessRule } from './rules.ts';

/** Looks in a row at which it may be too old. */
const STALE_LOOKS = 3;

export interface FreshnessEvidence {
  readonly rule: FreshnessRule;
  /** Milliseconds; undefined while nothing was seen. */
  readonly age: number | undefined;
  readonly oldest: number | undefined;
  readonly wasFresh: boolean;
  readonly staleLooks: number;
}

export const openFreshness = (rule: FreshnessRule): FreshnessEvidence => ({
  rule,
  age: undefined,
  oldest: undefined,
  wasFresh: false,
  staleLooks: 0,
});

/** A look without an answer leaves everything as it was: no data speaks for nothing. */
export function stepFreshness(evidence: FreshnessEvidence, age: number | undefined): FreshnessEvidence {
  if (age === undefined) return evidence;
  const fresh = age <= evidence.rule.limit;
  return {
    rule: evidence.rule,
    age,
    oldest: Math.max(age, evidence.oldest ?? 0),
    wasFresh: evidence.wasFresh || fresh,
    staleLooks: fresh ? 0 : evidence.staleLooks + 1,
  };
}

/** What was too old before the release came is no reason to take it back. */
export const isStale = ({ wasFresh, staleLooks }: FreshnessEvidence): boolean =>
  wasFresh && staleLooks >= STALE_LOOKS;

export const isFresh = ({ wasFresh, staleLooks }: FreshnessEvidence): boolean => wasFresh && staleLooks === 0;

/**
 * What can be said of one checklist item.
 *
 * `fail` blames the release, `error` blames the probe, `inconclusive` means that nothing was measured.
 * Only `pass`, `waived`, `attested` and `not-applicable` let a release go on.
 */
export type Verdict = 'pass' | 'fail' | 'error' | 'inconclusive' | 'waived' | 'attested' | 'not-applicable';

export const VERDICTS: readonly Verdict[] = [
  'pass',
  'fail',
  'error',
  'inconclusive',
  'waived',
  'attested',
  'not-applicable',
];

/** What a check, a journey or a person hands over for one item. */
export interface Evidence {
  readonly verdict: Verdict;
  /** One line, without secrets. */
  readonly summary: string;
  readonly details?: readonly string[];
  readonly expected?: string;
  readonly measured?: string;
  /** What the reader should do when the verdict stops the release. */
  readonly next?: string;
}

/** Whether an item with this verdict lets the release go on. */
export function settles(verdict: Verdict): boolean {
  return verdict === 'pass' || verdict === 'waived' || verdict === 'attested' || verdict === 'not-applicable';
}

/** Whether an item with this verdict earns its tick: `not-applicable` was not proven, so it gets none. */
export function ticks(verdict: Verdict): boolean {
  return verdict === 'pass' || verdict === 'attested';
}

const WORST_FIRST: readonly Verdict[] = ['fail', 'error', 'inconclusive', 'waived', 'attested', 'pass'];

/**
 * The verdict of a group. No evidence is no pass: an empty group is `inconclusive`.
 * Items that do not apply say nothing, unless nothing else was said.
 */
export function combine(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return 'inconclusive';
  return WORST_FIRST.find((verdict) => verdicts.includes(verdict)) ?? 'not-applicable';
}

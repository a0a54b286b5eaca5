import type { Standing } from './gate/decide.ts';

/** What a budget is worked out from: what was counted since the watch began, and for how long. */
export interface Spending {
  readonly events: number;
  readonly trials: number;
  /** Share of the trials that may be events. */
  readonly allowed: number;
  /** Milliseconds: how long it took so far, and how long it is in all. */
  readonly elapsed: number;
  readonly window: number;
}

/**
 * The share of the window's error budget that is left, if the traffic goes on as it was: the budget is the share that is
 * allowed of all the requests expected in the window. Below 0 when more than all of it is spent; undefined without data.
 */
export function budgetLeft({ events, trials, allowed, elapsed, window }: Spending): number | undefined {
  if (!(trials > 0 && elapsed > 0 && allowed > 0 && window > 0)) return undefined;
  // A look after the end of the window has no more to expect.
  const expected = trials * Math.max(1, window / elapsed);
  return 1 - events / (allowed * expected);
}

/** `error budget left: 84 %`; what is overspent is said as such. */
export function budgetInWords(left: number): string {
  if (left >= 0) return `error budget left: ${Math.floor(left * 100)} %`;
  return `error budget left: none, spent ${Number((1 - left).toPrecision(2)).toLocaleString('en-US')} times`;
}

/** What is left to an objective; undefined for one that counts no events. */
export function objectiveBudget(
  { rule, tally }: Pick<Standing, 'rule' | 'tally'>,
  span: Pick<Spending, 'elapsed' | 'window'>,
): number | undefined {
  if (rule.kind !== 'counted') return undefined;
  const { events, trials } = tally;
  return budgetLeft({ events, trials, allowed: rule.allowed, ...span });
}

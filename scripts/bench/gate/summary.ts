import type { Cell, Targets } from './cells.ts';
import type { Outcome } from './run.ts';

/** What came out of all runs of a cell. Seconds since the release turned bad, or since the deployment. */
export interface Summary {
  readonly cell: Cell;
  readonly runs: number;
  /** How many were rolled back, and when, by each rule. Rolled back before they turned bad: `early`. */
  readonly by: Readonly<Record<RuleName, Decided>>;
  readonly requestsGood: Decided;
  readonly allGood: Decided;
  /** Of a release that breaks a limit: how many had all objectives that it breaks called good. */
  readonly falselyGood: number;
}

export interface Decided {
  readonly count: number;
  readonly early: number;
  readonly median: number;
  readonly p95: number;
}

export const RULES = ['bad', 'flagger', 'argo', 'kayenta'] as const;
export type RuleName = (typeof RULES)[number];

export function summaryOf(cell: Cell, outcomes: readonly Outcome[]): Summary {
  const of = (key: keyof Outcome, since: number): Decided =>
    decided(
      outcomes.map((one) => one[key]),
      since,
    );
  return {
    cell,
    runs: outcomes.length,
    by: {
      bad: of('bad', cell.onset),
      flagger: of('flagger', cell.onset),
      argo: of('argo', cell.onset),
      kayenta: of('kayenta', cell.onset),
    },
    requestsGood: of('requestsGood', 0),
    allGood: of('allGood', 0),
    falselyGood: outcomes.filter((one) =>
      Number.isFinite(one[requestsKeep(cell) ? 'allGood' : 'requestsGood']),
    ).length,
  };
}

const requestsKeep = ({ fresh }: Cell): boolean => fresh.errors < 0.01 && fresh.p95 < 1;

function decided(times: readonly number[], since: number): Decided {
  const late = times
    .map((time) => (time <= since ? Number.NaN : time - since))
    .filter((time) => !Number.isNaN(time));
  return {
    count: times.filter(Number.isFinite).length,
    early: times.length - late.length,
    median: quantileOf(late, 0.5),
    p95: quantileOf(late, 0.95),
  };
}

/** The smallest value that this share of all is not above; NaN of none. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => (a === b ? 0 : a - b));
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

const Z = 1.959963984540054;

/** Wilson's 95 % interval of a share. */
export function wilson(count: number, runs: number): readonly [low: number, high: number] {
  const share = count / runs;
  const spread = Z ** 2 / runs;
  const middle = (share + spread / 2) / (1 + spread);
  const half = (Z * Math.sqrt((share * (1 - share)) / runs + spread / (4 * runs))) / (1 + spread);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** One target beside what was measured. */
export interface Verdict {
  readonly text: string;
  readonly met: boolean;
}

export function verdictsOf({
  cell,
  runs,
  by,
  requestsGood,
  falselyGood: wrong,
}: Summary): readonly Verdict[] {
  const { falseAlarms, falsePromotions, falselyGood, found, promoted }: Targets = cell.targets;
  const name = `${cell.name}, ${cell.rate} req/s`;
  const share = (what: string, count: number, most: number): Verdict => ({
    text: `${name}: ${what} ${percent(count / runs)}, at most ${percent(most)}`,
    met: count / runs <= most,
  });
  const times = (what: string, { median, p95 }: Decided, most: { median: number; p95: number }): Verdict => ({
    text: `${name}: ${what} ${median} / ${p95} s, at most ${most.median} / ${most.p95} s`,
    met: median <= most.median && p95 <= most.p95,
  });
  return [
    ...(falseAlarms === undefined ? [] : [share('rolled back', by.bad.count, falseAlarms)]),
    ...(falsePromotions === undefined ? [] : [share('promoted', requestsGood.count, falsePromotions)]),
    ...(falselyGood === undefined ? [] : [share('called good', wrong, falselyGood)]),
    ...(found === undefined ? [] : [times('found after', by.bad, found)]),
    ...(promoted === undefined ? [] : [times('good after', requestsGood, promoted)]),
  ];
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

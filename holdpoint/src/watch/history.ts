/** What a version was like before another one came, by objective. */
export interface History {
  /** Bins of about a minute, in order. */
  readonly counted: Readonly<Record<string, readonly Bin[]>>;
  /** Mean level of the replicas at even intervals, those of the watch. */
  readonly levels: Readonly<Record<string, readonly number[]>>;
}

export interface Bin {
  readonly events: number;
  readonly trials: number;
}

export const NO_HISTORY: History = { counted: {}, levels: {} };

/** Bins before they say anything of what is usual. */
const FEWEST_BINS = 10;
/** Levels before their correlation is worth anything. */
const FEWEST_LEVELS = 24;

/** Whether these are enough to say what is usual: a quiet minute is no reason to expect as quiet a night. */
export const isTelling = (bins: readonly Bin[]): boolean =>
  bins.length >= FEWEST_BINS && totalOf(bins).trials > 0;

/**
 * φ = max(1, variance/mean) of the events in bins of a minute: how much more they clump than independent events would.
 * Of independent events the ratio strays above 1 as often as below, so up to two standard errors above count as 1.
 */
export function overdispersionOf(bins: readonly Bin[]): number {
  if (bins.length < FEWEST_BINS) return 1;
  const events = bins.map((bin) => bin.events);
  const mean = meanOf(events);
  if (mean === 0) return 1;
  const ratio = sumOf(events.map((one) => (one - mean) ** 2)) / (bins.length - 1) / mean;
  return ratio > 1 + 2 * Math.sqrt(2 / (bins.length - 1)) ? ratio : 1;
}

/** The gauge as a first-order autoregression, each figure made worse than it looks; undefined with too little to tell. */
export function whiteningOf(
  levels: readonly number[],
): { readonly correlation: number; readonly deviation: number } | undefined {
  if (levels.length < FEWEST_LEVELS) return undefined;
  const mean = meanOf(levels);
  const away = levels.map((level) => level - mean);
  const power = sumOf(away.map((one) => one ** 2));
  if (power === 0) return undefined;
  const lagged = sumOf(away.slice(1).map((one, index) => one * (away[index] ?? 0)));
  const found = Math.min(0.95, Math.max(0, lagged / power));
  const residuals = away.slice(1).map((one, index) => one - found * (away[index] ?? 0));
  const deviation = Math.sqrt(sumOf(residuals.map((one) => one ** 2)) / (residuals.length - 1));
  if (!(deviation > 0)) return undefined;
  return { correlation: Math.min(0.99, found + MORE_CORRELATED), deviation: deviation * MORE_NOISY };
}

/** Short histories make a gauge look steadier than it is. */
const MORE_CORRELATED = 0.04;
const MORE_NOISY = 1.25;

export function totalOf(bins: readonly Bin[]): Bin {
  return { events: sumOf(bins.map(({ events }) => events)), trials: sumOf(bins.map(({ trials }) => trials)) };
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0);
const meanOf = (values: readonly number[]): number => sumOf(values) / values.length;

import { parseNumber, type Row } from './exposition.ts';
import { labelsKey } from './series.ts';

export interface Bucket {
  /** Milliseconds; infinite for the last. */
  readonly edge: number;
  /** Requests that took no longer. */
  readonly count: number;
}

/** Buckets in strictly rising order, up to the infinite one. */
export type Histogram = readonly Bucket[];

/**
 * One histogram for each set of the other labels, from the `_bucket` rows of a series of durations: seconds, unless its
 * name ends in `_milliseconds` or `_ms`. Undefined when one of them does not end at infinity.
 */
export function histogramsOf(series: string, rows: readonly Row[]): readonly Histogram[] | undefined {
  const unit = /_(milliseconds|ms)$/.test(series) ? 1 : 1_000;
  const found = new Map<string, Bucket[]>();
  for (const { labels, value } of rows) {
    const edge = parseNumber(labels.get('le') ?? '');
    if (edge === undefined || Number.isNaN(edge)) continue;
    // Rounded, since 1.1 × 1,000 is not quite 1,100, and a limit right at an edge has to be told.
    const bucket = { edge: Number((edge * unit).toPrecision(12)), count: value };
    const key = labelsKey(labels, 'le');
    const buckets = found.get(key);
    if (buckets === undefined) found.set(key, [bucket]);
    else buckets.push(bucket);
  }
  const histograms = [...found.values()].map(rising);
  const whole = histograms.every((buckets) => buckets.at(-1)?.edge === Number.POSITIVE_INFINITY);
  return whole ? histograms : undefined;
}

/** An edge may be written in two ways (`le="1"` and `le="1.0"`): the fuller of the two counts. */
function rising(buckets: readonly Bucket[]): Histogram {
  const counts = new Map<number, number>();
  for (const { edge, count } of buckets) counts.set(edge, Math.max(count, counts.get(edge) ?? 0));
  return [...counts].map(([edge, count]) => ({ edge, count })).sort((a, b) => a.edge - b.edge);
}

export const timedIn = (histogram: Histogram): number => histogram.at(-1)?.count ?? 0;

/** Surely slower: above the smallest edge at or above the duration. Within one bucket nothing is interpolated. */
export function surelyAbove(histogram: Histogram, duration: number): number {
  const within = histogram.find(({ edge }) => edge >= duration);
  return slower(histogram, within);
}

/** Possibly slower: above the largest edge at or below the duration. */
export function maybeAbove(histogram: Histogram, duration: number): number {
  const within = histogram.findLast(({ edge }) => edge <= duration);
  return slower(histogram, within);
}

/** A scrape may catch the buckets a moment later than the count. */
const slower = (histogram: Histogram, within: Bucket | undefined): number =>
  Math.max(0, timedIn(histogram) - (within?.count ?? 0));

const QUANTILES = [0.95, 0.99];

/**
 * The smallest edges that at least 95 % and 99 % of these requests stay within: where their slow end can be cut without
 * interpolating. None where nothing was timed, or where only the infinite bucket would do.
 */
export function cutsOf(histograms: readonly Histogram[]): readonly number[] {
  const timed = histograms.reduce((sum, one) => sum + timedIn(one), 0);
  if (timed === 0) return [];
  const edges = [...new Set(histograms.flat().map(({ edge }) => edge))]
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  // With edges of its own, a histogram vouches only for what lies below them.
  const within = (duration: number) =>
    timed - histograms.reduce((sum, one) => sum + maybeAbove(one, duration), 0);
  const cuts = QUANTILES.map((quantile) => edges.find((edge) => within(edge) >= quantile * timed));
  return [...new Set(cuts.filter((cut) => cut !== undefined))];
}

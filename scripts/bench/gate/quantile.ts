import { EDGES, type Slice } from './traffic.ts';

/** What Prometheus' histogram_quantile says: linear within the bucket, and the last edge for what lies above it. */
export function histogramQuantile(quantile: number, { buckets, trials }: Slice): number {
  if (trials === 0) return Number.NaN;
  let rest = quantile * trials;
  for (let index = 0; index < EDGES.length; index += 1) {
    const count = buckets[index] ?? 0;
    const lower = EDGES[index - 1] ?? 0;
    const upper = EDGES[index] ?? Number.POSITIVE_INFINITY;
    if (rest <= count)
      return upper === Number.POSITIVE_INFINITY ? lower : lower + ((upper - lower) * rest) / count;
    rest -= count;
  }
  return EDGES.at(-2) ?? Number.NaN;
}

/** Durations before a quantile of them is worth anything. */
const FEWEST = 100;
const QUANTILES = [0.95, 0.99];

/** Whole milliseconds that 95 % and 99 % of the requests took no longer than; nothing of too few. */
export function quantilesOf(durations: readonly number[]): readonly number[] {
  if (durations.length < FEWEST) return [];
  const sorted = [...durations].sort((a, b) => a - b);
  const cuts = QUANTILES.map((quantile) => sorted[Math.ceil(quantile * sorted.length) - 1] ?? 0);
  return [...new Set(cuts.map((cut) => Math.max(1, Math.ceil(cut))))];
}

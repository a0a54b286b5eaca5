/** ln 2 % has two sides here: the standard normal's 99th percentile. */
const Z = 2.3263478740408408;
const TOLERANCE = 0.25;

/**
 * Whether Kayenta's judge would call `fresh` high against `old`: the lower end of the 98 % interval of the shift
 * (Mann and Whitney, with ties and the correction for continuity) lies above a quarter of the shift's estimate
 * (Hodges and Lehmann). `NetflixACAJudge` fixes both numbers.
 */
export function isHigh(fresh: readonly number[], old: readonly number[]): boolean {
  if (fresh.length === 0 || old.length === 0) return false;
  // The lower end lies above a shift exactly where the test still rejects that shift; most points end here.
  if (!(score(fresh, old, 0) > Z)) return false;
  const shift = hodgesLehmann(fresh, old);
  return score(fresh, old, TOLERANCE * Math.abs(shift)) > Z;
}

/** The rank sum of `fresh` less `shift`, standardized. NaN where all is tied. */
export function score(fresh: readonly number[], old: readonly number[], shift: number): number {
  const all = [
    ...fresh.map((value) => ({ value: value - shift, isFresh: true })),
    ...old.map((value) => ({ value, isFresh: false })),
  ].sort((a, b) => a.value - b.value);
  let ranks = 0;
  let ties = 0;
  for (let first = 0; first < all.length; ) {
    let next = first;
    let counted = 0;
    for (; next < all.length && all[next]?.value === all[first]?.value; next += 1)
      if (all[next]?.isFresh) counted += 1;
    const size = next - first;
    ranks += counted * ((first + 1 + next) / 2);
    ties += size ** 3 - size;
    first = next;
  }
  const [m, n] = [fresh.length, old.length];
  const away = ranks - (m * (m + 1)) / 2 - (m * n) / 2;
  const variance = ((m * n) / 12) * (m + n + 1 - ties / ((m + n) * (m + n - 1)));
  return (away - 0.5 * Math.sign(away)) / Math.sqrt(variance);
}

/** The median of all differences. */
export function hodgesLehmann(fresh: readonly number[], old: readonly number[]): number {
  const differences = Float64Array.from(fresh.flatMap((one) => old.map((other) => one - other))).sort();
  const half = differences.length / 2;
  return ((differences[Math.floor(half)] ?? 0) + (differences[Math.ceil(half) - 1] ?? 0)) / 2;
}

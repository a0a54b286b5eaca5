/** Kullback–Leibler divergence of two coins, in nats. */
function divergence(seen: number, rate: number): number {
  const part = (a: number, b: number): number => (a === 0 ? 0 : a * Math.log(a / b));
  return part(seen, rate) + part(1 - seen, 1 - rate);
}

const STEPS = 60;

/**
 * The highest rate that these counts still allow: P(rate > bound) ≤ `level`, by Chernoff's inequality
 * exp(−n·KL(e/n, p)) ≤ level. 1 where nothing was counted.
 */
export function upperBound(events: number, trials: number, level: number): number {
  if (!(trials > 0)) return 1;
  const seen = events / trials;
  const most = Math.log(1 / level) / trials;
  let [low, high] = [seen, 1];
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    if (divergence(seen, middle) > most) high = middle;
    else low = middle;
  }
  return high;
}

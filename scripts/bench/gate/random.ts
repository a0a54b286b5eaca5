/** Uniform in [0, 1). */
export type Random = () => number;

/** sfc32, warmed up: small, quick, and the same on every machine. */
export function randomOf(seed: number): Random {
  let [a, b, c, counter] = [seed | 0, 0x9e3779b9 | 0, 0x243f6a88, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let warming = 0; warming < 16; warming += 1) next();
  return next;
}

/** Box and Muller; the second value is thrown away, so that no state hides here. */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Above this, inversion takes longer than rejection. */
const SMALL = 12;

/** Exact for any mean: inversion of small ones, transformed rejection of the others (Hörmann's PTRS, 1993). */
export function poisson(random: Random, mean: number): number {
  if (!(mean > 0)) return 0;
  if (mean < SMALL) {
    let count = 0;
    let chance = Math.exp(-mean);
    for (let rest = random() - chance; rest > 0 && chance > 0; rest -= chance) {
      count += 1;
      chance *= mean / count;
    }
    return count;
  }
  const root = Math.sqrt(mean);
  const b = 0.931 + 2.53 * root;
  const a = -0.059 + 0.02483 * b;
  const inverse = 1.1239 + 1.1328 / (b - 3.4);
  const fits = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const tail = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / tail + b) * u + mean + 0.43);
    if (tail >= 0.07 && v <= fits) return count;
    if (count < 0 || (tail < 0.013 && v > tail)) continue;
    const log = Math.log((v * inverse) / (a / (tail * tail) + b));
    if (log <= count * Math.log(mean) - mean - logFactorial(count)) return count;
  }
}

/** Exact, by inversion, in pieces that are small enough for the chance of no event not to vanish. */
export function binomial(random: Random, trials: number, rate: number): number {
  if (rate <= 0 || trials <= 0) return 0;
  if (rate > 0.5) return trials - binomial(random, trials, 1 - rate);
  const piece = Math.max(1, Math.floor(40 / rate));
  let events = 0;
  for (let left = trials; left > 0; left -= piece) events += inverted(random, Math.min(left, piece), rate);
  return events;
}

function inverted(random: Random, trials: number, rate: number): number {
  const odds = rate / (1 - rate);
  let events = 0;
  let chance = (1 - rate) ** trials;
  for (let rest = random() - chance; rest > 0 && events < trials; rest -= chance) {
    chance *= (odds * (trials - events)) / (events + 1);
    events += 1;
  }
  return events;
}

/** How many it takes until one succeeds, `mean` on average. */
export const geometric = (random: Random, mean: number): number =>
  mean <= 1 ? 1 : 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / mean));

/** Stirling's series: good to ten digits from 10 on. */
function logFactorial(value: number): number {
  if (value < 10) {
    let log = 0;
    for (let factor = 2; factor <= value; factor += 1) log += Math.log(factor);
    return log;
  }
  const inverse = 1 / value;
  const series = inverse * (1 / 12 - inverse * inverse * (1 / 360 - inverse * inverse * (1 / 1260)));
  return (value + 0.5) * Math.log(value) - value + 0.5 * Math.log(2 * Math.PI) + series;
}

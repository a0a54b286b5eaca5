import { binomial, geometric, normal, poisson, type Random } from './random.ts';

/** Upper edges of a histogram's buckets in seconds: those of the Prometheus clients from 0.25 on; the last has none. */
export const EDGES: readonly number[] = [0.25, 0.5, 1, 2.5, 5, Number.POSITIVE_INFINITY];
/** ln of a latency spreads this much: its p99 is 1.7 times its p95. */
const SPREAD = 0.8;
const Z95 = 1.6448536269514722;

/** How a version behaves while nothing happens to it. */
export interface Behaviour {
  /** Share of the requests that fail. */
  readonly errors: number;
  /** 95th percentile of the latency, in seconds. */
  readonly p95: number;
  /** A first-order autoregression, as shares of what it may use. */
  readonly cpu: Gauge;
  readonly memory: Gauge;
  /** Failures that come together, on average; 1 for each alone. */
  readonly clump: number;
  /** The failures rise and fall by this share, each version at its own time. */
  readonly swing: number;
}

export interface Gauge {
  readonly mean: number;
  readonly correlation: number;
  readonly innovation: number;
}

/** What one version counted in some time. */
export interface Slice {
  trials: number;
  errors: number;
  /** Requests in each bucket, not above each edge. */
  readonly buckets: number[];
}

export const emptySlice = (): Slice => ({ trials: 0, errors: 0, buckets: EDGES.map(() => 0) });

/** Seconds in which the swing goes up and down once. */
const PERIOD = 1_800;

/** Shares of the requests in each bucket, lognormal. */
export function sharesOf(p95: number): readonly number[] {
  const below = EDGES.map((edge) =>
    edge === Number.POSITIVE_INFINITY ? 1 : normalBelow(Z95 + Math.log(edge / p95) / SPREAD),
  );
  return below.map((share, index) => share - (below[index - 1] ?? 0));
}

/** One version's requests: Poisson arrivals, each in one bucket, each failing or not. */
export class Traffic {
  readonly #random: Random;
  readonly #perSecond: number;
  readonly #phase: number;

  constructor(random: Random, perSecond: number) {
    this.#random = random;
    this.#perSecond = perSecond;
    this.#phase = random() * PERIOD;
  }

  /** What is counted in `seconds` from `at` on, both in seconds. */
  during(behaviour: Behaviour, shares: readonly number[], at: number, seconds: number): Slice {
    const slice = emptySlice();
    const random = this.#random;
    const expected = this.#perSecond * seconds;
    for (let index = 0; index < shares.length; index += 1) {
      const count = poisson(random, expected * (shares[index] ?? 0));
      slice.buckets[index] = count;
      slice.trials += count;
    }
    const { errors, clump, swing } = behaviour;
    const rate =
      swing === 0 ? errors : errors * (1 + swing * Math.sin((2 * Math.PI * (at + this.#phase)) / PERIOD));
    if (clump <= 1) slice.errors = binomial(random, slice.trials, rate);
    else {
      // Retries of one failure are requests too: the storm adds to the traffic.
      for (let storms = poisson(random, (expected * rate) / clump); storms > 0; storms -= 1) {
        const size = geometric(random, clump);
        slice.errors += size;
        slice.trials += size;
        slice.buckets[0] = (slice.buckets[0] ?? 0) + size;
      }
    }
    return slice;
  }
}

export function add(sum: Slice, slice: Slice): void {
  sum.trials += slice.trials;
  sum.errors += slice.errors;
  for (let index = 0; index < sum.buckets.length; index += 1) {
    sum.buckets[index] = (sum.buckets[index] ?? 0) + (slice.buckets[index] ?? 0);
  }
}

/** Requests slower than an edge. */
export function above(slice: Slice, edge: number): number {
  let count = 0;
  for (let index = EDGES.indexOf(edge) + 1; index < EDGES.length; index += 1)
    count += slice.buckets[index] ?? 0;
  return count;
}

/** A gauge that begins somewhere in its usual range. */
export function* gaugeOf(
  random: Random,
  { mean, correlation, innovation }: Gauge,
): Generator<number, never, Gauge | undefined> {
  let away = (normal(random) * innovation) / Math.sqrt(1 - correlation ** 2);
  let [around, keeps, news] = [mean, correlation, innovation];
  for (;;) {
    const changed = yield Math.max(0, around + away);
    if (changed !== undefined) ({ mean: around, correlation: keeps, innovation: news } = changed);
    away = keeps * away + normal(random) * news;
  }
}

/** Abramowitz and Stegun 26.2.17: off by 8e-8 at most. */
function normalBelow(z: number): number {
  if (z < 0) return 1 - normalBelow(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

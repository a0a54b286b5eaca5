import { histogramQuantile } from '../quantile.ts';
import { add, emptySlice, type Slice } from '../traffic.ts';
import { LIMITS, type Rule } from './rule.ts';

/**
 * Flagger's documented settings: `interval: 1m`, `threshold: 5`, both metrics over `interval: 1m`, success rate at
 * least 99 % (docs.flagger.app/usage/metrics and /tutorials/istio-progressive-delivery). Checks run each interval, and
 * failed ones add up; the run after the fifth rolls back. The analysis goes on for the whole window here.
 */
const INTERVAL = 60;
const THRESHOLD = 5;

export class Flagger implements Rule {
  #minute = emptySlice();
  #failed = 0;
  decidedAt: number | undefined;

  take(at: number, fresh: Slice): void {
    if (this.decidedAt !== undefined) return;
    add(this.#minute, fresh);
    if (at % INTERVAL !== 0) return;
    if (this.#failed >= THRESHOLD) {
      this.decidedAt = at;
      return;
    }
    if (fails(this.#minute)) this.#failed += 1;
    this.#minute = emptySlice();
  }
}

/** No requests give no value, and no value counts as no failure. */
export const fails = (slice: Slice): boolean =>
  slice.trials > 0 &&
  (slice.errors / slice.trials > LIMITS.errors || histogramQuantile(LIMITS.quantile, slice) > LIMITS.latency);

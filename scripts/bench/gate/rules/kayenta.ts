import { histogramQuantile } from '../quantile.ts';
import { add, emptySlice, type Slice } from '../traffic.ts';
import { isHigh } from './rank-test.ts';
import { LIMITS, type Rule } from './rule.ts';

/**
 * Kayenta's judge (spinnaker.io/docs/guides/user/canary/judge) over one point a minute, asked again each five minutes
 * about all points so far. Either metric alone takes half of the score away: more than any usual threshold allows.
 */
const STEP = 60;
const INTERVAL = 300;

export class Kayenta implements Rule {
  #fresh = emptySlice();
  #old = emptySlice();
  readonly #errors = { fresh: [] as number[], old: [] as number[] };
  readonly #latency = { fresh: [] as number[], old: [] as number[] };
  decidedAt: number | undefined;

  take(at: number, fresh: Slice, old: Slice): void {
    if (this.decidedAt !== undefined) return;
    add(this.#fresh, fresh);
    add(this.#old, old);
    if (at % STEP !== 0) return;
    push(this.#errors.fresh, this.#latency.fresh, this.#fresh);
    push(this.#errors.old, this.#latency.old, this.#old);
    this.#fresh = emptySlice();
    this.#old = emptySlice();
    if (at % INTERVAL !== 0) return;
    if ([this.#errors, this.#latency].some((points) => isHigh(points.fresh, points.old))) this.decidedAt = at;
  }
}

/** A minute without requests has no point: NaN is taken out. */
function push(errors: number[], latencies: number[], minute: Slice): void {
  if (minute.trials === 0) return;
  errors.push(minute.errors / minute.trials);
  latencies.push(histogramQuantile(LIMITS.quantile, minute));
}

import { add, emptySlice, type Slice } from '../traffic.ts';
import { fails } from './flagger.ts';
import type { Rule } from './rule.ts';

/**
 * The analysis template of Argo Rollouts' documentation (argo-rollouts.readthedocs.io/en/stable/features/analysis):
 * `interval: 5m`, `failureLimit: 3`, over `irate(…[5m])`. More failures than the limit fail the run: the fourth does.
 * `irate` sees the last two scrapes, here 30 s apart, so the first measurement is at 30 s. The documentation's
 * `successCondition` is 95 %; it is 99 % here, the limit that the others have: at 95 % it would never find 3 %.
 */
const INTERVAL = 300;
const SCRAPES = 30;
const FAILURE_LIMIT = 3;

export class ArgoRollouts implements Rule {
  #sinceScrape = emptySlice();
  #failed = 0;
  decidedAt: number | undefined;

  take(at: number, fresh: Slice): void {
    if (this.decidedAt !== undefined) return;
    add(this.#sinceScrape, fresh);
    if (at % SCRAPES !== 0) return;
    if (at % INTERVAL === SCRAPES && fails(this.#sinceScrape)) {
      this.#failed += 1;
      if (this.#failed > FAILURE_LIMIT) this.decidedAt = at;
    }
    this.#sinceScrape = emptySlice();
  }
}

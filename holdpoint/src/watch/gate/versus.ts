import { logEvidence, type Mixture, type MixtureSettings, openMixture, stepMixture } from './mixture.ts';

/** How often the new version may fail for each failure of the old one, and how much more is nobody's concern. */
export interface Tolerance {
  /** ρ */
  readonly ratio: number;
  /** s, a share of the trials. */
  readonly slack: number;
}

const FACTORS: readonly number[] = [1.3, 1.8, 3, 6, 15, 50];
/** Trials that each version must have in a block. Closing a block on errors would choose when to look by what is seen. */
const FEWEST = 10;

export interface VersusTest {
  readonly settings: MixtureSettings;
  readonly tolerance: Tolerance;
}

/** What both versions counted in the same time. */
export interface Pair {
  readonly newEvents: number;
  readonly newTrials: number;
  readonly oldEvents: number;
  readonly oldTrials: number;
}

export interface Versus {
  readonly mixture: Mixture;
  /** Counted since the last block was closed. */
  readonly open: Pair & { readonly milliseconds: number };
}

const EMPTY = { newEvents: 0, newTrials: 0, oldEvents: 0, oldTrials: 0, milliseconds: 0 };

export const openVersus = (): Versus => ({ mixture: openMixture(FACTORS.length), open: EMPTY });

/**
 * Test (b): evidence that the new version fails more often than the old one does in the same seconds. H0: p1 ≤ ρ·p0 + s,
 * with p0 unknown and free to drift, since only the split of the events between the two is looked at.
 */
export function stepVersus(test: VersusTest, versus: Versus, pair: Pair, milliseconds: number): Versus {
  const { open } = versus;
  const counted = {
    newEvents: open.newEvents + pair.newEvents,
    newTrials: open.newTrials + pair.newTrials,
    oldEvents: open.oldEvents + pair.oldEvents,
    oldTrials: open.oldTrials + pair.oldTrials,
    milliseconds: open.milliseconds + milliseconds,
  };
  if (Math.min(counted.newTrials, counted.oldTrials) < FEWEST) return { ...versus, open: counted };
  const logs = logSplits(test.tolerance, counted);
  return { mixture: stepMixture(test.settings, versus.mixture, logs, counted.milliseconds), open: EMPTY };
}

export const versusEvidence = ({ mixture }: Versus): number => logEvidence(mixture);

/**
 * ℓ_k = e1·ln(θ_k/θ0) + e0·ln((1−θ_k)/(1−θ0)) − (θ_k/θ0 − 1)·n1·s, where θ is the new version's share of the events:
 * θ0 = ρ·n1/(ρ·n1 + n0), and θ_k the same with R_k in place of ρ.
 */
function logSplits({ ratio, slack }: Tolerance, pair: Pair): readonly number[] {
  const { newEvents, newTrials, oldEvents, oldTrials } = pair;
  const share = (times: number): number => (times * newTrials) / (times * newTrials + oldTrials);
  const split = share(ratio);
  return FACTORS.map((factor) => {
    const other = share(ratio * factor);
    return (
      newEvents * Math.log(other / split) +
      oldEvents * (Math.log1p(-other) - Math.log1p(-split)) -
      (other / split - 1) * newTrials * slack
    );
  });
}

import type { Metric } from '../block.ts';
import { countsOf, type GateTest, gateTest } from './evidence.ts';
import { logEvidence, type Mixture, type MixtureSettings, openMixture, stepMixture } from './mixture.ts';

const FACTORS: readonly number[] = [1.25, 1.6, 2.2, 3.2, 5, 10, 20, 40, 70];
const HIGHEST = 0.98;

export interface RateSettings {
  readonly metric: Metric;
  /** p0: the share of trials that may be events. */
  readonly allowed: number;
  readonly mixture: MixtureSettings;
}

/** The rates above `allowed` that test (a) looks for. */
export function worseRates(allowed: number): readonly number[] {
  return FACTORS.map((factor) => factor * allowed).filter((rate) => rate < HIGHEST);
}

/** ℓ_k = e·ln(p_k/p0) + (n−e)·ln((1−p_k)/(1−p0)): binomial log-likelihood ratios of each rate against `allowed`. */
export function logRatios(
  allowed: number,
  rates: readonly number[],
  events: number,
  trials: number,
): readonly number[] {
  return rates.map(
    (rate) =>
      events * Math.log(rate / allowed) + (trials - events) * (Math.log1p(-rate) - Math.log1p(-allowed)),
  );
}

/** Test (a): evidence that a rate is above its limit. H0: p ≤ `allowed`. */
export function rateTest({ metric, allowed, mixture }: RateSettings): GateTest {
  const rates = worseRates(allowed);
  return gateTest<Mixture>(
    {
      metric,
      side: 'bad',
      step: (state, block) => {
        const { events, trials } = countsOf(block, metric, 'bad');
        return stepMixture(mixture, state, logRatios(allowed, rates, events, trials), block.milliseconds);
      },
      logE: logEvidence,
    },
    openMixture(rates.length),
  );
}

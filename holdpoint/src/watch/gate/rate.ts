import { type Mixture, type MixtureSettings, stepMixture } from './mixture.ts';

const WORSE: readonly number[] = [1.25, 1.6, 2.2, 3.2, 5, 10, 20, 40, 70];
/** Close to each other where most services are, far below a limit: there a finer grid decides a look earlier. */
const BETTER: readonly number[] = [0.15, 0.3, 0.35, 0.4, 0.45, 0.75];
const HIGHEST = 0.98;

/** The rates above `allowed` that test (a) looks for. */
export const worseRates = (allowed: number): readonly number[] =>
  WORSE.map((factor) => factor * allowed).filter((rate) => rate < HIGHEST);

/** The rates below `allowed` that test (e) looks for. */
export const betterRates = (allowed: number): readonly number[] => BETTER.map((factor) => factor * allowed);

/** A test of one rate against fixed others: what an event and what its absence say for each of them. */
export interface RateTest {
  readonly settings: MixtureSettings;
  /** ln(p_k/p0) */
  readonly perEvent: readonly number[];
  /** ln((1 − p_k)/(1 − p0)) */
  readonly perOther: readonly number[];
}

export function rateTest(settings: MixtureSettings, allowed: number, rates: readonly number[]): RateTest {
  return {
    settings,
    perEvent: rates.map((rate) => Math.log(rate / allowed)),
    perOther: rates.map((rate) => Math.log1p(-rate) - Math.log1p(-allowed)),
  };
}

/** ℓ_k = e·ln(p_k/p0) + (n−e)·ln((1−p_k)/(1−p0)): binomial log-likelihood ratios of each rate against the allowed one. */
export function logRatios(test: RateTest, events: number, trials: number): readonly number[] {
  const others = trials - events;
  return test.perEvent.map((perEvent, k) => events * perEvent + others * (test.perOther[k] ?? 0));
}

export const stepRate = (
  test: RateTest,
  mixture: Mixture,
  events: number,
  trials: number,
  milliseconds: number,
): Mixture => stepMixture(test.settings, mixture, logRatios(test, events, trials), milliseconds);

import {
  logEvidence,
  type Mixture,
  type MixtureSettings,
  openMixture,
  robustCap,
  stepMixture,
} from './mixture.ts';
import type { GateRules, GaugeRule } from './rules.ts';

const HIGHER: readonly number[] = [1.05, 1.15, 1.3, 1.6, 2.5];
const LOWER: readonly number[] = [0.3, 0.6, 0.8, 0.9, 0.95];
/** By how much the deviation that is seen while watching is taken for larger than it looks. */
const CAUTION = 1.25;
/** Residuals before their deviation is worth anything. */
const FEWEST = 8;

export interface GaugeTests {
  readonly rule: GaugeRule;
  readonly bad: MixtureSettings;
  readonly good: MixtureSettings;
}

/** What of each sample its forerunner did not tell; Welford's sums, so that memory stays the same. */
interface Residuals {
  readonly count: number;
  readonly mean: number;
  readonly squares: number;
}

export interface GaugeEvidence {
  readonly tests: GaugeTests;
  readonly last: number | undefined;
  readonly residuals: Residuals;
  readonly bad: Mixture;
  readonly good: Mixture;
}

export function openGauge(rule: GaugeRule, rules: GateRules): GaugeEvidence {
  const settings = (level: number, start: number): MixtureSettings => ({
    start,
    window: rules.window,
    cap: robustCap(level),
    overdispersion: 1,
  });
  return {
    tests: { rule, bad: settings(rules.falseAlarms, 0.5), good: settings(rules.falsePromotions, 1) },
    last: undefined,
    residuals: { count: 0, mean: 0, squares: 0 },
    bad: openMixture(HIGHER.length),
    good: openMixture(LOWER.length),
  };
}

/**
 * Test (d): evidence that the mean level is above its limit, or below it. Samples of a gauge depend on each other, so
 * each is whitened first: ε = (x_t − m) − r·(x_{t−1} − m). `contiguous` says that no look was missed in between.
 */
export function stepGauge(
  evidence: GaugeEvidence,
  level: number | undefined,
  milliseconds: number,
  contiguous: boolean,
): GaugeEvidence {
  const { tests, last, residuals } = evidence;
  if (level === undefined) return { ...evidence, last: undefined };
  if (last === undefined || !contiguous) return { ...evidence, last: level };
  const { limit, correlation } = tests.rule;
  const news = level - limit - correlation * (last - limit);
  const deviation = deviationOf(evidence);
  const logs = (factors: readonly number[]): readonly number[] =>
    factors.map((factor) => {
      const shift = (1 - correlation) * limit * (factor - 1);
      return (shift * news - shift ** 2 / 2) / deviation ** 2;
    });
  return {
    tests,
    last: level,
    residuals: welford(residuals, news),
    bad: stepMixture(tests.bad, evidence.bad, logs(HIGHER), milliseconds),
    good: stepMixture(tests.good, evidence.good, logs(LOWER), milliseconds),
  };
}

/** Never below what the history says, and known before the sample that is judged by it: so E stays valid. */
function deviationOf({ tests, residuals }: GaugeEvidence): number {
  const { deviation } = tests.rule;
  if (residuals.count < FEWEST) return deviation;
  return Math.max(deviation, CAUTION * Math.sqrt(residuals.squares / (residuals.count - 1)));
}

function welford({ count, mean, squares }: Residuals, value: number): Residuals {
  const step = (value - mean) / (count + 1);
  return {
    count: count + 1,
    mean: mean + step,
    squares: squares + (value - mean) * (value - mean - step),
  };
}

export const gaugeBad = ({ bad }: GaugeEvidence): number => logEvidence(bad);
export const gaugeGood = ({ good }: GaugeEvidence): number => logEvidence(good);

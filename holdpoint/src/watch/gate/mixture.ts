/**
 * The core of every test: one wealth per alternative, started bit by bit over the window (a start-mixture
 * e-process). If the null holds, E reaches 1/α at any moment of the watch with probability α at most (Ville).
 */
export interface MixtureSettings {
  /** Share of the prior that says 'from the first block on'; the rest is spread evenly over the window. */
  readonly start: number;
  /** Length of the window in milliseconds. */
  readonly window: number;
  /** Most that one block may add to the logarithm of an alternative's wealth; Infinity for none. */
  readonly cap: number;
  /** φ: how much more the counts vary than independent events would; below 1 it counts as 1. */
  readonly overdispersion: number;
}

/** Plain JSON but for -Infinity, which stands for an alternative that has no wealth yet. */
export interface Mixture {
  readonly logWealth: readonly number[];
  /** Share of the prior that was put to work so far. */
  readonly spent: number;
}

/** c = ½·ln(1/level): at least three blocks must agree, so that one burst of errors decides nothing. */
export const robustCap = (level: number): number => 0.5 * Math.log(1 / level);

export function openMixture(alternatives: number): Mixture {
  return { logWealth: new Array<number>(alternatives).fill(Number.NEGATIVE_INFINITY), spent: 0 };
}

/**
 * A_k ← (A_k + w)·exp(min(c, ℓ_k/φ)) for one block of `milliseconds`, in logarithms, since a bad hour overflows
 * anything else. A block that is longer after a gap spends that much more of the prior.
 */
export function stepMixture(
  settings: MixtureSettings,
  mixture: Mixture,
  logLikelihoods: readonly number[],
  milliseconds: number,
): Mixture {
  const { start, window, cap } = settings;
  const spread = ((1 - start) * Math.max(0, milliseconds)) / window;
  const wanted = mixture.spent === 0 ? start + spread : spread;
  const weight = Math.min(wanted, Math.max(0, 1 - mixture.spent));
  const logWeight = Math.log(weight);
  const temper = Math.max(1, settings.overdispersion);
  const logWealth = mixture.logWealth.map(
    (log, k) => logAdd(log, logWeight) + Math.min(cap, (logLikelihoods[k] ?? 0) / temper),
  );
  return { logWealth, spent: mixture.spent + weight };
}

/** ln E, where E = Σ A_k / K + the weight that is not spent yet. Zero where there is nothing to test. */
export function logEvidence(mixture: Mixture): number {
  const { logWealth, spent } = mixture;
  if (logWealth.length === 0) return 0;
  return logAdd(logSum(logWealth) - Math.log(logWealth.length), Math.log(Math.max(0, 1 - spent)));
}

/** The mixture with its wealth made less, so that E is `logMost` at the most. Giving wealth away keeps E valid. */
export function limitEvidence(mixture: Mixture, logMost: number): Mixture {
  if (logEvidence(mixture) <= logMost) return mixture;
  const held = Math.exp(logMost) - Math.max(0, 1 - mixture.spent);
  if (!(held > 0)) return { ...mixture, logWealth: mixture.logWealth.map(() => Number.NEGATIVE_INFINITY) };
  const factor = Math.log(held) - (logSum(mixture.logWealth) - Math.log(mixture.logWealth.length));
  return { ...mixture, logWealth: mixture.logWealth.map((log) => log + factor) };
}

/** ln Σ exp(x), without overflow; -Infinity for none. */
export function logSum(logs: readonly number[]): number {
  let top = Number.NEGATIVE_INFINITY;
  for (const log of logs) if (log > top) top = log;
  if (!Number.isFinite(top)) return top;
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - top);
  return top + Math.log(sum);
}

export function logAdd(a: number, b: number): number {
  if (b === Number.NEGATIVE_INFINITY) return a;
  if (a === Number.NEGATIVE_INFINITY) return b;
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

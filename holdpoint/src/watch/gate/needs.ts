import { logSum, type Mixture } from './mixture.ts';
import { logRatios, type RateTest } from './rate.ts';

/** What the traffic looks like, for saying how long a decision will still take. */
export interface Pace {
  /** Events a trial so far. */
  readonly rate: number;
  readonly trialsPerBlock: number;
}

const MOST_BLOCKS = 2 ** 30;

/** Trials still needed for ln E to reach `threshold` at this pace; undefined when it never would. */
export function needsOf(test: RateTest, mixture: Mixture, threshold: number, pace: Pace): number | undefined {
  const block = pace.trialsPerBlock > 0 ? pace.trialsPerBlock : 1;
  const { cap, overdispersion } = test.settings;
  const perBlock = logRatios(test, pace.rate * block, block).map((log) =>
    Math.min(cap, log / Math.max(1, overdispersion)),
  );
  const wealth = mixture.spent > 0 ? mixture.logWealth : mixture.logWealth.map(() => 0);
  const blocks = blocksUntil(threshold, wealth, perBlock);
  return blocks === undefined ? undefined : Math.ceil(blocks * block);
}

/** The fewest blocks of this growth after which the mean wealth reaches the threshold. */
function blocksUntil(
  threshold: number,
  wealth: readonly number[],
  perBlock: readonly number[],
): number | undefined {
  const reached = (blocks: number) =>
    logSum(wealth.map((log, k) => log + blocks * (perBlock[k] ?? 0))) - Math.log(wealth.length) >= threshold;
  if (reached(0)) return 0;
  let high = 1;
  while (!reached(high)) {
    high *= 2;
    if (high > MOST_BLOCKS) return undefined;
  }
  let low = high / 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (reached(middle)) high = middle;
    else low = middle;
  }
  return high;
}

import { countsOf, type GateTest, gateTest } from './evidence.ts';
import { logEvidence, logSum, type Mixture, openMixture, stepMixture } from './mixture.ts';
import { logRatios, type RateSettings } from './rate.ts';

const FACTORS: readonly number[] = [0.02, 0.1, 0.2, 0.35, 0.55, 0.8];
const MOST_BLOCKS = 2 ** 30;

/** The rates below `allowed` that test (e) looks for. */
export function betterRates(allowed: number): readonly number[] {
  return FACTORS.map((factor) => factor * allowed);
}

/**
 * Test (e): evidence that a rate is below its limit. H0: p ≥ `allowed`. The whole prior is put to work in the
 * first block: a release is good from the start or not at all.
 */
export function promoteTest({ metric, allowed, mixture }: RateSettings): GateTest {
  const rates = betterRates(allowed);
  const settings = { ...mixture, start: 1 };
  const ratios = (events: number, trials: number) => logRatios(allowed, rates, events, trials);
  return gateTest<Mixture>(
    {
      metric,
      side: 'good',
      step: (state, block) => {
        const { events, trials } = countsOf(block, metric, 'good');
        return stepMixture(settings, state, ratios(events, trials), block.milliseconds);
      },
      logE: logEvidence,
      needs: (state, threshold, pace) => {
        const block = pace.trialsPerBlock > 0 ? pace.trialsPerBlock : 1;
        const perBlock = ratios(pace.rate * block, block).map((log) =>
          Math.min(settings.cap, log / Math.max(1, settings.overdispersion)),
        );
        const wealth = state.spent > 0 ? state.logWealth : rates.map(() => 0);
        const blocks = blocksUntil(threshold, wealth, perBlock);
        return blocks === undefined ? undefined : Math.ceil(blocks * block);
      },
    },
    openMixture(rates.length),
  );
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

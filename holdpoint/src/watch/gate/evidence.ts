import type { Block, Metric } from '../block.ts';

/** A test gathers evidence that the release is bad, or that it is good; never both. */
export type Side = 'bad' | 'good';

/** What the traffic looks like, for saying how long a decision will still take. */
export interface Pace {
  /** Events a trial so far. */
  readonly rate: number;
  readonly trialsPerBlock: number;
}

/** One test of one metric as it stands after the blocks it has seen. Never changes: `observe` gives the next. */
export interface GateTest {
  readonly metric: Metric;
  readonly side: Side;
  /** ln E of the evidence so far. */
  readonly logE: number;
  observe(block: Block): GateTest;
  /** Trials still needed for ln E to reach `threshold` at this pace; undefined when it never would. */
  needs(threshold: number, pace: Pace): number | undefined;
}

/** How a kind of test works; its state is its own, so that tests with a memory fit in beside the plain ones. */
export interface TestDefinition<State> {
  readonly metric: Metric;
  readonly side: Side;
  readonly step: (state: State, block: Block) => State;
  readonly logE: (state: State) => number;
  readonly needs?: (state: State, threshold: number, pace: Pace) => number | undefined;
}

export function gateTest<State>(definition: TestDefinition<State>, state: State): GateTest {
  return {
    metric: definition.metric,
    side: definition.side,
    logE: definition.logE(state),
    observe: (block) => gateTest(definition, definition.step(state, block)),
    needs: (threshold, pace) => definition.needs?.(state, threshold, pace),
  };
}

/** What a side counts. Buckets rarely end at the limit: slow for sure speaks for bad, not surely fast against good. */
export function countsOf(block: Block, metric: Metric, side: Side): { events: number; trials: number } {
  if (metric === 'latency') {
    const { above, aboveForGood, trials } = block.metrics.latency;
    return { events: side === 'bad' ? above : aboveForGood, trials };
  }
  return block.metrics[metric];
}

import { type Block, type HardEvent, METRICS, type Metric } from '../block.ts';
import { countsOf, type GateTest } from './evidence.ts';
import { logSum, type MixtureSettings, robustCap } from './mixture.ts';
import { promoteTest } from './promote.ts';
import { rateTest } from './rate.ts';

/** Fixed before the first block is seen; changing any of it while watching would void the error rates. */
export interface GateRules {
  /** Probability that a release within its limits is ever called bad. */
  readonly falseAlarms: number;
  /** Probability that a metric at or above its limit is ever called good. */
  readonly falsePromotions: number;
  /** Milliseconds. */
  readonly window: number;
  /** The share of trials that may be events, for each metric that is watched. */
  readonly allowed: Readonly<Partial<Record<Metric, number>>>;
  /** φ of the traffic's history; 1 until there is one. */
  readonly overdispersion: number;
}

interface Counted {
  readonly bad: number;
  readonly good: number;
  readonly trials: number;
}

/** The gate after the blocks it has seen. Never changes: `observe` gives the next. */
export interface Gate {
  readonly rules: GateRules;
  readonly tests: readonly GateTest[];
  readonly blocks: number;
  readonly counted: ReadonlyMap<Metric, Counted>;
  /** When each metric was first shown to be within its limit. */
  readonly settledAt: ReadonlyMap<Metric, number>;
  readonly hard: readonly HardEvent[];
  /** When the evidence first sufficed for a roll-back. It stays so, whatever comes after. */
  readonly badAt: number | undefined;
  /** Looks in a row at which no replica answered. */
  readonly silentLooks: number;
}

export interface Standing {
  readonly metric: Metric;
  readonly allowed: number;
  /** Events as counted for 'bad'. */
  readonly events: number;
  readonly trials: number;
  /** ln E of the evidence for bad and for good. */
  readonly logBad: number;
  readonly logGood: number;
  readonly settledAt: number | undefined;
  /** Trials still needed to call it good at the present pace: 0 when settled, undefined when none would do. */
  readonly needs: number | undefined;
}

export interface Decision {
  readonly verdict: 'bad' | 'good' | 'undecided';
  readonly metrics: readonly Standing[];
  readonly hard: readonly HardEvent[];
  /** ln Σ w_i E_i over the metrics, and what it must reach: ln 1/α. */
  readonly logBad: number;
  readonly badThreshold: number;
  readonly goodThreshold: number;
  readonly silentLooks: number;
}

/** More looks than this without any answer, and nothing is called good any more. */
const SILENT_LOOKS = 3;

export function openGate(rules: GateRules): Gate {
  const mixture = (level: number): MixtureSettings => ({
    start: 0.5,
    window: rules.window,
    cap: robustCap(level),
    overdispersion: rules.overdispersion,
  });
  const tests = watched(rules).flatMap(([metric, allowed]) => [
    rateTest({ metric, allowed, mixture: mixture(rules.falseAlarms) }),
    promoteTest({ metric, allowed, mixture: mixture(rules.falsePromotions) }),
  ]);
  const nothing = { counted: new Map(), settledAt: new Map(), hard: [], badAt: undefined };
  return { rules, tests, blocks: 0, ...nothing, silentLooks: 0 };
}

/** The gate after one more block. A test crosses its threshold for good: that is what its error rate is about. */
export function observe(gate: Gate, block: Block): Gate {
  const tests = gate.tests.map((test) => test.observe(block));
  const settledAt = new Map(gate.settledAt);
  const counted = new Map(gate.counted);
  for (const [metric] of watched(gate.rules)) {
    const enough = evidence(tests, metric, 'good') >= Math.log(1 / gate.rules.falsePromotions);
    if (enough && !settledAt.has(metric)) settledAt.set(metric, block.at);
    const before = counted.get(metric) ?? { bad: 0, good: 0, trials: 0 };
    const bad = countsOf(block, metric, 'bad');
    counted.set(metric, {
      bad: before.bad + bad.events,
      good: before.good + countsOf(block, metric, 'good').events,
      trials: before.trials + bad.trials,
    });
  }
  const alarmed = combined(tests) >= Math.log(1 / gate.rules.falseAlarms) || block.hard.length > 0;
  return {
    rules: gate.rules,
    tests,
    blocks: gate.blocks + 1,
    counted,
    settledAt,
    hard: block.hard.length === 0 ? gate.hard : [...gate.hard, ...block.hard],
    badAt: gate.badAt ?? (alarmed ? block.at : undefined),
    silentLooks: block.answered > 0 ? 0 : gate.silentLooks + 1,
  };
}

/** What can be said now. Good only when every metric was shown to be within its limit and data still come in. */
export function decide(gate: Gate): Decision {
  const { rules, tests } = gate;
  const goodThreshold = Math.log(1 / rules.falsePromotions);
  const metrics = watched(rules).map(([metric, allowed]): Standing => {
    const { bad, good, trials } = gate.counted.get(metric) ?? { bad: 0, good: 0, trials: 0 };
    const pace = {
      rate: trials > 0 ? good / trials : 0,
      trialsPerBlock: gate.blocks > 0 ? trials / gate.blocks : 0,
    };
    const settledAt = gate.settledAt.get(metric);
    const promote = tests.find((test) => test.metric === metric && test.side === 'good');
    return {
      metric,
      allowed,
      events: bad,
      trials,
      logBad: evidence(tests, metric, 'bad'),
      logGood: evidence(tests, metric, 'good'),
      settledAt,
      needs: settledAt === undefined ? promote?.needs(goodThreshold, pace) : 0,
    };
  });
  const proven = metrics.length > 0 && metrics.every(({ settledAt }) => settledAt !== undefined);
  const good = proven && gate.silentLooks <= SILENT_LOOKS;
  return {
    verdict: gate.badAt !== undefined ? 'bad' : good ? 'good' : 'undecided',
    metrics,
    hard: gate.hard,
    logBad: combined(tests),
    badThreshold: Math.log(1 / rules.falseAlarms),
    goodThreshold,
    silentLooks: gate.silentLooks,
  };
}

function watched(rules: GateRules): readonly (readonly [Metric, number])[] {
  return METRICS.flatMap((metric) => {
    const allowed = rules.allowed[metric];
    return allowed === undefined ? [] : [[metric, allowed] as const];
  });
}

function evidence(tests: readonly GateTest[], metric: Metric, side: GateTest['side']): number {
  const logs = tests.filter((test) => test.metric === metric && test.side === side).map(({ logE }) => logE);
  return logSum(logs) - Math.log(logs.length);
}

/** ln Σ w_i E_i with equal weights: an average of e-values is one again, however they depend on each other. */
function combined(tests: readonly GateTest[]): number {
  const bad = tests.filter((test) => test.side === 'bad');
  return logSum(bad.map(({ logE }) => logE)) - Math.log(bad.length);
}

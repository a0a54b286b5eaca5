import type { CountedObservation, Counts } from '../block.ts';
import {
  limitEvidence,
  logEvidence,
  logSum,
  type Mixture,
  type MixtureSettings,
  openMixture,
  robustCap,
} from './mixture.ts';
import { betterRates, type RateTest, rateTest, stepRate, worseRates } from './rate.ts';
import type { CountedRule, GateRules } from './rules.ts';
import {
  openVersus,
  type Pair,
  stepVersus,
  type Tolerance,
  type Versus,
  type VersusTest,
  versusEvidence,
} from './versus.ts';

/** How an objective's part of the false alarms is split among its tests; the limit has what these leave. */
const PARTS = { versus: 0.35, before: 0.35 };
/** An incident that both versions share raises both alike: against a limit, no more is believed than this times the comparison. */
const LOG_SHARED = Math.log(10);
const EVEN: Tolerance = { ratio: 1, slack: 0 };

/** The tests of one counted objective, as the rules fix them. */
export interface CountedTests {
  readonly rule: CountedRule;
  readonly limit: RateTest;
  readonly before: RateTest | undefined;
  readonly versus: VersusTest | undefined;
  /** The comparison while a new replica is cold. */
  readonly cold: VersusTest | undefined;
  readonly even: VersusTest;
  readonly good: RateTest;
  readonly parts: { readonly limit: number; readonly before: number; readonly versus: number };
}

export interface CountedEvidence {
  readonly tests: CountedTests;
  readonly limit: Mixture;
  readonly before: Mixture;
  /** One for each tail that is compared. */
  readonly versus: readonly Versus[];
  /** Whether the new version is worse at all: what an incident that both share is told by. */
  readonly even: Versus;
  /** Whether an old version served beside the new one in the last block. */
  readonly beside: boolean;
  readonly good: Mixture;
}

export function openCounted(rule: CountedRule, rules: GateRules): CountedEvidence {
  const mixture = (start: number, cap: number): MixtureSettings => ({
    start,
    window: rules.window,
    cap,
    overdispersion: rule.overdispersion,
  });
  const bad = mixture(0.5, robustCap(rules.falseAlarms));
  // A release is good from the start or not at all: the whole prior is put to work in the first block. Nothing burst-like
  // makes a release look better than it is, so one block may say enough, and no more than that.
  const good = mixture(1, Math.log(1 / rules.falsePromotions));
  const worse = worseRates(rule.allowed);
  const earlier = rule.before === undefined ? [] : worseRates(rule.before);
  const better = betterRates(rule.allowed);
  const before = rule.before === undefined ? 0 : PARTS.before;
  // Where the time before is unknown, the comparison is what says most.
  const versus = rule.versus === undefined ? 0 : PARTS.versus + (before === 0 ? PARTS.before : 0);
  const tests: CountedTests = {
    rule,
    limit: rateTest(bad, rule.allowed, worse),
    before: rule.before === undefined ? undefined : rateTest(bad, rule.before, earlier),
    versus: rule.versus === undefined ? undefined : { settings: bad, tolerance: rule.versus },
    cold: rule.versus === undefined ? undefined : { settings: bad, tolerance: whileCold(rule, rule.versus) },
    even: { settings: bad, tolerance: EVEN },
    good: rateTest(good, rule.allowed, better),
    parts: { limit: 1 - versus - before, before, versus },
  };
  return {
    tests,
    limit: openMixture(worse.length),
    before: openMixture(earlier.length),
    versus:
      rule.versus === undefined ? [] : Array.from({ length: Math.max(1, rule.versus.tails) }, openVersus),
    even: openVersus(),
    beside: false,
    good: openMixture(better.length),
  };
}

/**
 * A replica that has only just become ready is slower than one that has served for hours, whatever its version: until
 * it is warm it is compared by its limit alone, and as many above that as the limit allows are nobody's concern.
 */
const whileCold = ({ allowed }: CountedRule, { ratio, slack }: Tolerance): Tolerance => ({
  ratio,
  slack: Math.max(slack, allowed),
});

/** The evidence after one more block. */
export function stepCounted(
  evidence: CountedEvidence,
  seen: CountedObservation,
  milliseconds: number,
): CountedEvidence {
  const { tests } = evidence;
  const { fresh, old, cold } = seen;
  const { events, trials } = fresh;
  const { limit, before } = old === undefined ? believed(evidence) : evidence;
  return {
    ...evidence,
    limit: stepRate(tests.limit, limit, events, trials, milliseconds),
    before:
      tests.before === undefined || cold
        ? before
        : stepRate(tests.before, before, events, trials, milliseconds),
    good: stepRate(tests.good, evidence.good, fresh.eventsForGood, trials, milliseconds),
    ...(old === undefined ? { beside: false } : compared(evidence, { ...seen, old }, milliseconds)),
  };
}

function compared(
  { tests, versus, even }: CountedEvidence,
  { fresh, old, cold }: CountedObservation & { readonly old: Counts },
  milliseconds: number,
): Pick<CountedEvidence, 'versus' | 'even' | 'beside'> {
  const pairOf = (newEvents: number, oldEvents: number): Pair => ({
    newEvents,
    newTrials: fresh.trials,
    oldEvents,
    oldTrials: old.trials,
  });
  const plain = pairOf(fresh.events, old.events);
  return {
    versus: versus.map((one, index) => {
      const test = cold ? tests.cold : tests.versus;
      if (test === undefined) return one;
      const [tail, oldTail] = [fresh.tails[index], old.tails[index]];
      const pair = cold || tail === undefined || oldTail === undefined ? plain : pairOf(tail, oldTail);
      return stepVersus(test, one, pair, milliseconds);
    }),
    even: stepVersus(tests.even, even, plain, milliseconds),
    beside: true,
  };
}

/**
 * The wealth against limits as far as the comparison with the old version lets it be believed. Once nothing shows any
 * more what both versions share, what the comparison held back is given up for good.
 */
function believed(evidence: CountedEvidence): Pick<CountedEvidence, 'limit' | 'before'> {
  const { limit, before, beside, even } = evidence;
  if (!beside) return { limit, before };
  const most = LOG_SHARED + versusEvidence(even);
  return { limit: limitEvidence(limit, most), before: limitEvidence(before, most) };
}

/** ln E of each test against the release, undefined where it is not run. */
export interface Charges {
  readonly limit: number;
  readonly before: number | undefined;
  readonly versus: number | undefined;
}

export function chargesOf(evidence: CountedEvidence): Charges {
  const { tests, versus } = evidence;
  const { limit, before } = believed(evidence);
  return {
    limit: logEvidence(limit),
    before: tests.before === undefined ? undefined : logEvidence(before),
    versus: versus.length === 0 ? undefined : logSum(versus.map(versusEvidence)) - Math.log(versus.length),
  };
}

/** ln Σ w·E over the tests against the release. */
export function countedBad(evidence: CountedEvidence): number {
  const { limit, before, versus } = chargesOf(evidence);
  const { parts } = evidence.tests;
  return logSum([
    limit + Math.log(parts.limit),
    ...(before === undefined ? [] : [before + Math.log(parts.before)]),
    ...(versus === undefined ? [] : [versus + Math.log(parts.versus)]),
  ]);
}

export const countedGood = ({ good }: CountedEvidence): number => logEvidence(good);

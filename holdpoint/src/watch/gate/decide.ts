import type { Block, HardEvent, Observation } from '../block.ts';
import {
  type Charges,
  type CountedEvidence,
  chargesOf,
  countedBad,
  countedGood,
  openCounted,
  stepCounted,
} from './counted.ts';
import { type FreshnessEvidence, isFresh, isStale, openFreshness, stepFreshness } from './freshness.ts';
import { type GaugeEvidence, gaugeBad, gaugeGood, openGauge, stepGauge } from './gauge.ts';
import { logSum } from './mixture.ts';
import { needsOf } from './needs.ts';
import type { GateRules, ObjectiveRule } from './rules.ts';

type Evidence =
  | { readonly kind: 'counted'; readonly evidence: CountedEvidence }
  | { readonly kind: 'gauge'; readonly evidence: GaugeEvidence }
  | { readonly kind: 'freshness'; readonly evidence: FreshnessEvidence };

/** What one objective has counted so far, for people. */
export interface Tally {
  readonly events: number;
  readonly eventsForGood: number;
  readonly trials: number;
  /** While an old version served beside the new one: both, in the same seconds. */
  readonly beside:
    | {
        readonly events: number;
        readonly trials: number;
        readonly oldEvents: number;
        readonly oldTrials: number;
      }
    | undefined;
  /** Of a gauge: the last level, how many there were and their sum, and the highest of a single replica. */
  readonly level: number | undefined;
  readonly levels: number;
  readonly levelSum: number;
  readonly highest: number | undefined;
}

interface Objective {
  readonly rule: ObjectiveRule;
  readonly evidence: Evidence;
  readonly tally: Tally;
  /** When it was first shown to keep its limit. It stays so: that is what the error rate is about. */
  readonly settledAt: number | undefined;
}

/** The gate after the blocks it has seen. Never changes: `observe` gives the next. Its size does not grow. */
export interface Gate {
  readonly rules: GateRules;
  readonly objectives: readonly Objective[];
  readonly blocks: number;
  readonly hard: readonly HardEvent[];
  /** When the evidence first sufficed for a roll-back. It stays so, whatever comes after. */
  readonly badAt: number | undefined;
  /** Looks in a row at which no replica answered. */
  readonly silentLooks: number;
}

export interface Standing {
  readonly rule: ObjectiveRule;
  readonly tally: Tally;
  /** ln E of the evidence for bad and for good; 0 for what is no matter of chance. */
  readonly logBad: number;
  readonly logGood: number;
  /** Which test speaks against it, and how loudly. */
  readonly charges: Charges | undefined;
  /** Of a freshness: milliseconds since it happened last. */
  readonly age: number | undefined;
  readonly stale: boolean;
  readonly settledAt: number | undefined;
  /** Trials, or looks of a gauge, still needed at the present pace: 0 when settled, undefined when none would do. */
  readonly needs: number | undefined;
}

export interface Decision {
  readonly verdict: 'bad' | 'good' | 'undecided';
  readonly objectives: readonly Standing[];
  readonly hard: readonly HardEvent[];
  /** ln Σ w_i E_i over the objectives, and what it must reach: ln 1/α. */
  readonly logBad: number;
  readonly badThreshold: number;
  readonly goodThreshold: number;
  readonly silentLooks: number;
}

/** More looks than this without any answer, and nothing is called good any more. */
const SILENT_LOOKS = 3;
/** A block of a run that restarted again and again may name many; the first tell the story. */
const MOST_HARD = 20;

const NO_TALLY: Tally = {
  events: 0,
  eventsForGood: 0,
  trials: 0,
  beside: undefined,
  level: undefined,
  levels: 0,
  levelSum: 0,
  highest: undefined,
};

export function openGate(rules: GateRules): Gate {
  return {
    rules,
    objectives: rules.objectives.map((rule) => ({
      rule,
      evidence: openEvidence(rule, rules),
      tally: NO_TALLY,
      settledAt: undefined,
    })),
    blocks: 0,
    hard: [],
    badAt: undefined,
    silentLooks: 0,
  };
}

/** The gate after one more block. */
export function observe(gate: Gate, block: Block): Gate {
  const { falsePromotions } = gate.rules;
  const enough = Math.log(1 / falsePromotions);
  const objectives = gate.objectives.map((objective, index): Objective => {
    const seen = block.seen[index];
    if (seen === undefined) return objective;
    const evidence = stepEvidence(objective.evidence, seen, block);
    const settled = logGoodOf(evidence) >= enough;
    return {
      rule: objective.rule,
      evidence,
      tally: tallied(objective.tally, seen),
      settledAt: objective.settledAt ?? (settled ? block.at : undefined),
    };
  });
  const alarmed =
    combined(objectives) >= Math.log(1 / gate.rules.falseAlarms) ||
    block.hard.length > 0 ||
    objectives.some(({ evidence }) => evidence.kind === 'freshness' && isStale(evidence.evidence));
  return {
    rules: gate.rules,
    objectives,
    blocks: gate.blocks + 1,
    hard: block.hard.length === 0 ? gate.hard : [...gate.hard, ...block.hard].slice(0, MOST_HARD),
    badAt: gate.badAt ?? (alarmed ? block.at : undefined),
    silentLooks: block.answered > 0 ? 0 : gate.silentLooks + 1,
  };
}

/** What can be said now. Good only when every objective was shown to be kept and data still come in. */
export function decide(gate: Gate): Decision {
  const { rules, objectives } = gate;
  const goodThreshold = Math.log(1 / rules.falsePromotions);
  const standings = objectives.map((objective): Standing => {
    const { rule, evidence, tally, settledAt } = objective;
    return {
      rule,
      tally,
      logBad: logBadOf(evidence),
      logGood: evidence.kind === 'freshness' ? 0 : logGoodOf(evidence),
      charges: evidence.kind === 'counted' ? chargesOf(evidence.evidence) : undefined,
      age: evidence.kind === 'freshness' ? evidence.evidence.age : undefined,
      stale: evidence.kind === 'freshness' && isStale(evidence.evidence),
      settledAt,
      needs: settledAt === undefined ? needed(evidence, tally, gate.blocks, goodThreshold) : 0,
    };
  });
  const proven = objectives.length > 0 && objectives.every(isProven);
  return {
    verdict:
      gate.badAt !== undefined ? 'bad' : proven && gate.silentLooks <= SILENT_LOOKS ? 'good' : 'undecided',
    objectives: standings,
    hard: gate.hard,
    logBad: combined(objectives),
    badThreshold: Math.log(1 / rules.falseAlarms),
    goodThreshold,
    silentLooks: gate.silentLooks,
  };
}

/** What happens at intervals is good as long as it goes on happening. */
const isProven = ({ evidence, settledAt }: Objective): boolean =>
  evidence.kind === 'freshness' ? isFresh(evidence.evidence) : settledAt !== undefined;

function needed(evidence: Evidence, tally: Tally, blocks: number, threshold: number): number | undefined {
  switch (evidence.kind) {
    case 'counted': {
      const { tests, good } = evidence.evidence;
      const pace = {
        rate: tally.trials > 0 ? tally.eventsForGood / tally.trials : 0,
        trialsPerBlock: blocks > 0 ? tally.trials / blocks : 0,
      };
      return needsOf(tests.good, good, threshold, pace);
    }
    case 'gauge': {
      // Its samples are not independent, so only the growth so far tells what is missing.
      const { levels } = tally;
      const grown = gaugeGood(evidence.evidence);
      if (levels === 0) return 1;
      return grown > 0 ? Math.ceil(((threshold - grown) * levels) / grown) : undefined;
    }
    case 'freshness':
      return 1;
    default:
      return evidence satisfies never;
  }
}

function openEvidence(rule: ObjectiveRule, rules: GateRules): Evidence {
  switch (rule.kind) {
    case 'counted':
      return { kind: 'counted', evidence: openCounted(rule, rules) };
    case 'gauge':
      return { kind: 'gauge', evidence: openGauge(rule, rules) };
    case 'freshness':
      return { kind: 'freshness', evidence: openFreshness(rule) };
    default:
      return rule satisfies never;
  }
}

function stepEvidence(before: Evidence, seen: Observation, { milliseconds, gap }: Block): Evidence {
  if (before.kind === 'counted' && seen.kind === 'counted') {
    return { kind: 'counted', evidence: stepCounted(before.evidence, seen, milliseconds) };
  }
  if (before.kind === 'gauge' && seen.kind === 'gauge') {
    return { kind: 'gauge', evidence: stepGauge(before.evidence, seen.level, milliseconds, !gap) };
  }
  if (before.kind === 'freshness' && seen.kind === 'freshness') {
    return { kind: 'freshness', evidence: stepFreshness(before.evidence, seen.age) };
  }
  return before;
}

function logBadOf(evidence: Evidence): number {
  switch (evidence.kind) {
    case 'counted':
      return countedBad(evidence.evidence);
    case 'gauge':
      return gaugeBad(evidence.evidence);
    case 'freshness':
      return 0;
    default:
      return evidence satisfies never;
  }
}

function logGoodOf(evidence: Evidence): number {
  switch (evidence.kind) {
    case 'counted':
      return countedGood(evidence.evidence);
    case 'gauge':
      return gaugeGood(evidence.evidence);
    case 'freshness':
      return isFresh(evidence.evidence) ? Number.POSITIVE_INFINITY : 0;
    default:
      return evidence satisfies never;
  }
}

function tallied(tally: Tally, seen: Observation): Tally {
  switch (seen.kind) {
    case 'counted': {
      const { fresh, old } = seen;
      const { events = 0, trials = 0, oldEvents = 0, oldTrials = 0 } = tally.beside ?? {};
      return {
        ...tally,
        events: tally.events + fresh.events,
        eventsForGood: tally.eventsForGood + fresh.eventsForGood,
        trials: tally.trials + fresh.trials,
        beside:
          old === undefined
            ? tally.beside
            : {
                events: events + fresh.events,
                trials: trials + fresh.trials,
                oldEvents: oldEvents + old.events,
                oldTrials: oldTrials + old.trials,
              },
      };
    }
    case 'gauge': {
      if (seen.level === undefined) return tally;
      const highest = Math.max(seen.highest ?? seen.level, tally.highest ?? 0);
      const levelSum = tally.levelSum + seen.level;
      return { ...tally, level: seen.level, levels: tally.levels + 1, levelSum, highest };
    }
    case 'freshness':
      return tally;
    default:
      return seen satisfies never;
  }
}

/** ln Σ w_i E_i: an average of e-values is one again, however they depend on each other. */
function combined(objectives: readonly Objective[]): number {
  return logSum(
    objectives.flatMap(({ rule, evidence }) =>
      rule.kind === 'freshness' || rule.weight === 0 ? [] : [logBadOf(evidence) + Math.log(rule.weight)],
    ),
  );
}

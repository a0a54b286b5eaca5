import { z } from 'zod';
import { HoldpointError } from '../kernel/errors.ts';
import { declared, writtenLevel } from './declared.ts';
import { upperBound } from './gate/bound.ts';
import { type GateRules, gateRules, type ObjectiveRule } from './gate/rules.ts';
import { type History, isTelling, overdispersionOf, totalOf, whiteningOf } from './history.ts';
import { type Objective, slowAllowed } from './objective.ts';
import type { WatchSettings } from './settings.ts';
import type { Tails } from './sources/source.ts';

const terms = z.strictObject({
  rules: gateRules,
  tails: z.record(z.string(), z.array(z.number()).readonly()),
  /** Milliseconds for which a replica that has become ready is cold; logs of earlier versions knew of none. */
  warmUp: z.number().min(0).default(0),
  /** The service levels in the order of the rules; only for people. */
  declared: z.array(declared).readonly().optional(),
});

/** What is fixed and logged before the first block is seen: the gate's rules, and where latencies are cut. */
export type WatchTerms = Readonly<z.infer<typeof terms>>;

export function readTerms(value: unknown): WatchTerms {
  const read = terms.safeParse(value);
  if (read.success) return read.data;
  throw new HoldpointError('tampered', 'the recorded terms of the watch cannot be read', {
    details: [z.prettifyError(read.error)],
    next: 'Run `holdpoint verify` to find where the log was changed.',
  });
}

/** What is known when the watch begins. */
export interface Beginning {
  /** Whether an old version runs to compare with. */
  readonly beside: boolean;
  readonly history: History;
  readonly tails: Tails;
}

/** The old version's errors, times this, plus the slack, are as many as the new one may have. */
const RATIO = 1.5;
const SLACK = { events: 0.001, latency: 0.01 };
/** A gauge of which nothing is known: neither steady nor quick. */
const UNKNOWN = { correlation: 0.9, deviationShare: 0.05 };
/** How loud an objective may speak. What users feel counts for more than what may make them feel it. */
const VOICE: Readonly<Record<Objective['kind'], number>> = {
  errors: 4,
  latency: 4,
  pair: 4,
  lost: 1,
  cpu: 1,
  memory: 1,
  level: 1,
  freshness: 0,
};

export function termsOf(
  settings: Pick<WatchSettings, 'falseAlarms' | 'falsePromotions' | 'window' | 'warmUp'>,
  objectives: readonly Objective[],
  beginning: Beginning,
): WatchTerms {
  const voices = objectives.reduce((sum, { kind }) => sum + VOICE[kind], 0);
  const known = objectives.filter(({ id }) => isTelling(beginning.history.counted[id] ?? []));
  // What the bounds of the earlier rates may be wrong by is taken from the false alarms.
  const level = settings.falseAlarms / 10 / Math.max(1, known.length);
  const rules: GateRules = {
    falseAlarms: settings.falseAlarms - (known.length > 0 ? settings.falseAlarms / 10 : 0),
    falsePromotions: settings.falsePromotions,
    window: settings.window,
    objectives: objectives.map((objective) =>
      ruleOf(objective, beginning, voices === 0 ? 0 : VOICE[objective.kind] / voices, level),
    ),
  };
  const tails = Object.fromEntries(
    Object.entries(beginning.beside ? beginning.tails : {}).map(([id, durations]) => [id, [...durations]]),
  );
  return { rules, tails, warmUp: settings.warmUp, declared: objectives.map(writtenLevel) };
}

function ruleOf(objective: Objective, beginning: Beginning, weight: number, level: number): ObjectiveRule {
  const { id } = objective;
  switch (objective.kind) {
    case 'errors':
    case 'pair':
      return countedRule(id, objective.allowed, SLACK.events, 0, beginning, weight, level);
    case 'lost':
      // The edge cannot say which version it would have been.
      return countedRule(
        id,
        objective.allowed,
        SLACK.events,
        0,
        { ...beginning, beside: false },
        weight,
        level,
      );
    case 'latency': {
      const tails = beginning.tails[id]?.length ?? 0;
      return countedRule(id, slowAllowed(objective.quantile), SLACK.latency, tails, beginning, weight, level);
    }
    case 'cpu':
    case 'memory':
    case 'level': {
      const { limit } = objective;
      const known = whiteningOf(beginning.history.levels[id] ?? []);
      const whitening = known ?? {
        correlation: UNKNOWN.correlation,
        deviation: UNKNOWN.deviationShare * limit,
      };
      return { kind: 'gauge', id, weight, limit, ...whitening };
    }
    case 'freshness':
      return { kind: 'freshness', id, limit: objective.limit };
    default:
      return objective satisfies never;
  }
}

function countedRule(
  id: string,
  allowed: number,
  slack: number,
  tails: number,
  { beside, history }: Beginning,
  weight: number,
  level: number,
): ObjectiveRule {
  const bins = history.counted[id] ?? [];
  const total = totalOf(bins);
  const overdispersion = overdispersionOf(bins);
  // Events that clump tell less than as many independent ones.
  const bound = upperBound(total.events / overdispersion, total.trials / overdispersion, level);
  const before = RATIO * bound + slack;
  return {
    kind: 'counted',
    id,
    weight,
    allowed,
    overdispersion,
    ...(beside ? { versus: { ratio: RATIO, slack, tails } } : {}),
    ...(isTelling(bins) && before < allowed ? { before } : {}),
  };
}

import type { HardEvent } from './block.ts';
import type { Declared } from './declared.ts';
import type { Decision, Standing } from './gate/decide.ts';
import { bandInWords, besideInWords, measured } from './words-measured.ts';
import { decimals, oddsInWords, whole } from './words-numbers.ts';

/** Odds that are worth telling: less is what chance does all the time. */
const SPEAKS = Math.log(3);

/** The verdict in one sentence. `objectives` are in the order of the gate's rules. */
export function verdictInWords(decision: Decision, objectives: readonly Declared[]): string {
  const [event] = decision.hard;
  switch (decision.verdict) {
    case 'bad':
      return `bad: ${event === undefined ? accused(decision, objectives) : eventInWords(event)}`;
    case 'good': {
      const names = decision.objectives.map(({ rule }) => rule.id);
      return `good: ${names.join(', ')} ${names.length === 1 ? 'is within its limit' : 'are within their limits'}`;
    }
    case 'undecided':
      return `undecided: ${missing(decision, objectives)}`;
    default:
      return decision.verdict satisfies never;
  }
}

/**
 * `errors: 3.1 % of 1,040 requests failed, limit 1 %; the old version 0.2 % of 980 in the same seconds; odds against
 * chance 4,000 : 1 (worse than the old version); 95 % band 2.2 %–4.3 % (Wilson)`.
 */
export function metricInWords(standing: Standing, objective: Declared | undefined): string {
  const { rule, tally } = standing;
  const found = measured(standing, objective);
  if (found === undefined) return `${rule.id}: ${rule.kind === 'freshness' ? 'no success seen' : 'no data'}`;
  const parts =
    rule.kind === 'counted' ? [besideInWords(tally), conclusion(standing)] : [conclusion(standing)];
  const band = rule.kind === 'counted' ? `95 % band ${bandInWords(tally)} (Wilson)` : undefined;
  return `${rule.id}: ${[found, ...parts, band].filter((part) => part !== undefined).join('; ')}`;
}

/** `ln E 3.20 of 4.61 for a roll-back; for promotion: errors 3.40, latency 1.20 of 3.00`. */
export function evidenceInWords({ logBad, badThreshold, goodThreshold, objectives }: Decision): string {
  const each = objectives.flatMap(({ rule, logGood }) =>
    rule.kind === 'freshness' ? [] : [`${rule.id} ${decimals(logGood)}`],
  );
  const good = each.length === 0 ? '' : `; for promotion: ${each.join(', ')} of ${decimals(goodThreshold)}`;
  // Without an objective that is a matter of chance there is no evidence at all.
  const bad = decimals(Number.isFinite(logBad) ? logBad : 0);
  return `ln E ${bad} of ${decimals(badThreshold)} for a roll-back${good}`;
}

export function eventInWords({ kind, replica, service }: HardEvent): string {
  const what = {
    crashed: 'died',
    'oom-killed': 'was killed because it ran out of memory',
    vanished: 'is gone, though nobody drained it',
    restarted: 'restarted',
    unready: 'was ready and is not any more',
  }[kind];
  return replica.startsWith(service) ? `${replica} ${what}` : `${replica} of ${service} ${what}`;
}

/** `errors needs about 312 more requests`; undefined when nothing is missing. */
export function needInWords(standing: Standing, objective: Declared | undefined): string | undefined {
  const { rule, tally, settledAt, needs, age } = standing;
  if (rule.kind === 'freshness') {
    if (age === undefined) return `${rule.id} has not succeeded yet, as far as anybody saw`;
    return age > rule.limit ? `${rule.id} is too old: ${measured(standing, objective)}` : undefined;
  }
  if (settledAt !== undefined) return undefined;
  const seen = rule.kind === 'gauge' ? tally.levels : tally.trials;
  const data = seen === 0 ? ' has no data and' : '';
  if (needs === undefined) return `${rule.id} is too near its limit to be called good at this rate`;
  return `${rule.id}${data} needs about ${whole(needs)} more ${unit(standing, objective, needs)}`;
}

function unit({ rule }: Standing, objective: Declared | undefined, count: number): string {
  if (rule.kind === 'gauge') return count === 1 ? 'look' : 'looks';
  if (objective?.kind === 'pair') return 'to count';
  const requests = count === 1 ? 'request' : 'requests';
  return objective?.kind === 'lost' ? `${requests} at the edge` : requests;
}

function conclusion(standing: Standing): string | undefined {
  const { rule, logBad, logGood, settledAt, stale } = standing;
  if (rule.kind === 'freshness') {
    if (stale) return 'too old at several looks in a row';
    return needInWords(standing, undefined) === undefined ? 'within its limit' : undefined;
  }
  if (logBad > SPEAKS) return `odds against chance ${oddsInWords(logBad)} (${complaint(standing)})`;
  if (settledAt !== undefined) return 'within its limit';
  return logGood > 0 ? `odds for a good release ${oddsInWords(logGood)}` : undefined;
}

/** What the tests say that speak at least half as loudly as the loudest, that one first. */
function complaint({ charges }: Standing): string {
  const each = [
    { said: 'over its limit', logE: charges?.limit ?? 0 },
    { said: 'worse than before the release', logE: charges?.before ?? Number.NEGATIVE_INFINITY },
    { said: 'worse than the old version', logE: charges?.versus ?? Number.NEGATIVE_INFINITY },
  ].sort((a, b) => b.logE - a.logE);
  const loudest = each[0]?.logE ?? 0;
  const loud = each.filter(({ logE }, index) => index === 0 || (logE > SPEAKS && logE >= loudest / 2));
  return loud.map(({ said }) => said).join(', ');
}

/** What speaks loudest against the release, as it was weighed. */
function accused({ objectives }: Decision, levels: readonly Declared[]): string {
  const each = objectives.map((standing, index) => ({
    standing,
    level: levels[index],
    loud: loudness(standing),
  }));
  const [worst] = each.sort((a, b) => b.loud - a.loud);
  return worst === undefined ? 'nothing is watched' : metricInWords(worst.standing, worst.level);
}

function loudness({ rule, logBad, stale }: Standing): number {
  if (rule.kind === 'freshness') return stale ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return logBad + Math.log(rule.weight);
}

function missing({ objectives, silentLooks }: Decision, levels: readonly Declared[]): string {
  if (objectives.length === 0) return 'nothing is watched';
  const needs = objectives.flatMap((standing, index) => needInWords(standing, levels[index]) ?? []);
  return needs.length === 0 ? `no replica answered at the last ${silentLooks} looks` : needs.join('; ');
}

import { formatDuration } from '../kernel/durations.ts';
import { formatShare } from '../kernel/quantities.ts';
import { wilson } from './confidence.ts';
import type { Declared } from './declared.ts';
import type { Standing, Tally } from './gate/decide.ts';
import type { ObjectiveRule } from './gate/rules.ts';
import { limitInWords, plainNumber, rateInWords, whole } from './words-numbers.ts';

type Counted = Extract<ObjectiveRule, { kind: 'counted' }>;
type Gauge = Extract<ObjectiveRule, { kind: 'gauge' }>;

/** What was measured against what is allowed, undefined without data. `level` is absent in logs that do not name it. */
export function measured(standing: Standing, level: Declared | undefined): string | undefined {
  const { rule, tally, age } = standing;
  switch (rule.kind) {
    case 'counted':
      return tally.trials === 0 ? undefined : countedInWords(tally, rule, level);
    case 'gauge':
      return tally.levels === 0 ? undefined : gaugeInWords(tally, rule, level);
    case 'freshness':
      return age === undefined
        ? undefined
        : `last success ${formatDuration(age)} ago, limit ${formatDuration(rule.limit)}`;
    default:
      return rule satisfies never;
  }
}

function countedInWords(
  { events, trials }: Tally,
  { allowed }: Counted,
  level: Declared | undefined,
): string {
  const limit = limitInWords(allowed);
  if (level?.kind === 'lost') {
    return `${whole(events)} of ${whole(trials)} requests at the edge got no answer, limit ${limit}`;
  }
  const rate = rateInWords(events, trials);
  switch (level?.kind) {
    case 'errors':
      return `${rate} requests failed, limit ${limit}`;
    case 'latency':
      return `${rate} requests took longer than ${formatDuration(level.limit)}, ${limit} may`;
    case 'pair':
      return `${rate} were ${level.bad.text}, limit ${limit}`;
    default:
      return `${rate}, limit ${limit}`;
  }
}

function gaugeInWords(
  { levels, levelSum, highest }: Tally,
  { limit }: Gauge,
  level: Declared | undefined,
): string {
  const of = level?.kind === 'cpu' ? ' of its cores' : level?.kind === 'memory' ? ' of its memory' : '';
  const show = levelFormat(level);
  const most = highest === undefined ? '' : `, highest of one replica ${show(highest)}`;
  return `mean ${show(levelSum / levels)}${of} over ${looks(levels)}${most}, limit ${levelLimit(limit, level)}`;
}

/** How a level of this kind is written: a share, or a plain number. */
export const levelFormat = (level: Declared | undefined): ((value: number) => string) =>
  isShare(level) ? formatShare : plainNumber;

const levelLimit = (limit: number, level: Declared | undefined): string =>
  isShare(level) ? limitInWords(limit) : plainNumber(limit);

const isShare = (level: Declared | undefined): boolean => level?.kind === 'cpu' || level?.kind === 'memory';

/** What a service level allows: `1 %`, `5 % over 1.0 s`, `70 %`, `5 min`. */
export function allowedInWords(rule: ObjectiveRule, level: Declared | undefined): string {
  switch (rule.kind) {
    case 'counted':
      return level?.kind === 'latency'
        ? `${limitInWords(rule.allowed)} over ${formatDuration(level.limit)}`
        : limitInWords(rule.allowed);
    case 'gauge':
      return levelLimit(rule.limit, level);
    case 'freshness':
      return formatDuration(rule.limit);
    default:
      return rule satisfies never;
  }
}

/** The old version in the same seconds; undefined where there was none to compare with. */
export function besideInWords({ trials, beside }: Tally): string | undefined {
  if (beside === undefined || beside.trials + beside.oldTrials === 0) return undefined;
  const old = beside.oldTrials === 0 ? 'none' : rateInWords(beside.oldEvents, beside.oldTrials);
  if (beside.trials === trials) return `the old version ${old} in the same seconds`;
  return `while both served ${rateInWords(beside.events, beside.trials)}, the old version ${old}`;
}

/** `2.2 %–4.3 %`: the 95 % confidence band. */
export function bandInWords({ events, trials }: Pick<Tally, 'events' | 'trials'>): string {
  const [low, high] = wilson(events, trials);
  return `${formatShare(low)}–${formatShare(high)}`;
}

const looks = (count: number): string => (count === 1 ? '1 look' : `${whole(count)} looks`);

import { formatDuration } from '../kernel/durations.ts';
import type { RunState } from '../release/state.ts';
import { objectiveBudget } from '../watch/budget.ts';
import type { Declared } from '../watch/declared.ts';
import type { Decision, Standing } from '../watch/gate/decide.ts';
import { needInWords, verdictInWords } from '../watch/words.ts';
import { allowedInWords, bandInWords, levelFormat } from '../watch/words-measured.ts';
import { decimals, rateInWords } from '../watch/words-numbers.ts';
import { inline, table } from './post-mortem/markdown.ts';
import { decisions, namedLevels, readWatch, spanOf, type WatchRead } from './watch-read.ts';

/** Where the chart lies, seen from the documents beside it. */
export const CHART_FILE = 'watch.svg';

const HEAD = [
  'service level',
  'limit',
  'measured',
  '95 % band',
  'old version',
  'ln E for a roll-back',
  'shown to be kept',
  'error budget left',
];

/** The watch in Markdown: when and why it was decided, and a row for each service level. Nothing where none is recorded. */
export function watchSection(state: RunState): readonly string[] {
  const read = readWatch(state);
  switch (read.kind) {
    case 'none':
      return [];
    case 'unreadable':
      return [`There is no chart of the watch: ${inline(read.why.message)}.`, ''];
    case 'read': {
      const said = decisions(read.watch);
      return [
        `[Chart of the watch](${CHART_FILE})`,
        '',
        ...whenDecided(read.watch, said).flatMap((line) => [inline(line), '']),
        ...table(HEAD, rows(read.watch, said.at(-1))),
      ];
    }
    default:
      return read satisfies never;
  }
}

function whenDecided(watch: WatchRead, said: readonly Decision[]): readonly string[] {
  const { blocks, beganAt } = watch;
  const first = (verdict: Decision['verdict'], what: string): readonly string[] => {
    const index = said.findIndex((one) => one.verdict === verdict);
    const [block, decision] = [blocks[index], said[index]];
    if (block === undefined || decision === undefined) return [];
    const why = verdictInWords(decision, namedLevels(watch)).replace(/^\w+: /, '');
    return [`The evidence sufficed for ${what} after ${formatDuration(block.at - beganAt)}: ${why}.`];
  };
  const decided = [...first('good', 'promotion'), ...first('bad', 'a roll-back')];
  const last = said.at(-1);
  const { elapsed } = spanOf(watch);
  if (decided.length > 0 || last === undefined) return decided;
  return [`After ${formatDuration(elapsed)} the watch was ${verdictInWords(last, namedLevels(watch))}.`];
}

function rows(watch: WatchRead, last: Decision | undefined): readonly (readonly string[])[] {
  if (last === undefined) return [];
  return last.objectives.map((standing, index) => {
    const level = watch.levels[index];
    return [
      inline(standing.rule.id),
      allowedInWords(standing.rule, level),
      ...measuredCells(standing, level),
      evidenceCell(standing, last),
      keptCell(standing, level, watch.beganAt),
      budgetCell(standing, watch),
    ];
  });
}

/** What was measured, its band, and the old version. */
function measuredCells(
  { rule, tally, age }: Standing,
  level: Declared | undefined,
): readonly [string, string, string] {
  switch (rule.kind) {
    case 'counted': {
      const { events, trials, beside } = tally;
      if (trials === 0) return ['no data', '', ''];
      const old =
        beside === undefined || beside.oldTrials === 0 ? '' : rateInWords(beside.oldEvents, beside.oldTrials);
      return [rateInWords(events, trials), bandInWords(tally), old];
    }
    case 'gauge': {
      const { levels, levelSum, highest } = tally;
      if (levels === 0) return ['no data', '', ''];
      const show = levelFormat(level);
      const most = highest === undefined ? '' : `, highest of one replica ${show(highest)}`;
      return [`mean ${show(levelSum / levels)}${most}`, '', ''];
    }
    case 'freshness':
      return [age === undefined ? 'no success seen' : `last success ${formatDuration(age)} ago`, '', ''];
    default:
      return rule satisfies never;
  }
}

/** `4.20 of 5.99`: against what would do for a roll-back if this objective stood alone. */
function evidenceCell({ rule, logBad, stale }: Standing, { badThreshold }: Decision): string {
  if (rule.kind === 'freshness') return stale ? 'too old at several looks in a row' : '';
  if (rule.weight === 0 || !Number.isFinite(logBad)) return 'none';
  return `${decimals(logBad)} of ${decimals(badThreshold - Math.log(rule.weight))}`;
}

function keptCell(standing: Standing, level: Declared | undefined, beganAt: number): string {
  const need = needInWords(standing, level);
  if (need !== undefined) return `no: ${inline(need)}`;
  const { settledAt } = standing;
  return settledAt === undefined ? 'yes' : `after ${formatDuration(settledAt - beganAt)}`;
}

function budgetCell(standing: Standing, watch: WatchRead): string {
  const left = objectiveBudget(standing, spanOf(watch));
  if (left === undefined) return '';
  return left < 0 ? 'none' : `${Math.floor(left * 100)} %`;
}

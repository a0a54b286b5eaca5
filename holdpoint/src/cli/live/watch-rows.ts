import { formatDuration } from '../../kernel/durations.ts';
import { formatShare } from '../../kernel/quantities.ts';
import { objectiveBudget } from '../../watch/budget.ts';
import { wilson } from '../../watch/confidence.ts';
import type { Declared } from '../../watch/declared.ts';
import type { Decision, Standing } from '../../watch/gate/decide.ts';
import { allowedInWords, levelFormat } from '../../watch/words-measured.ts';
import { whole } from '../../watch/words-numbers.ts';
import { bandBar, bar } from './bars.ts';
import { bare, lengthOf, pad, type Segment, styled } from './segments.ts';

/** What was decided at the last look, and when the watch began. */
export interface WatchShown {
  readonly decision: Decision;
  readonly objectives: readonly Declared[];
  readonly beganAt: number;
  /** When the last look was. */
  readonly at: number;
  /** Milliseconds; undefined while it is not known. */
  readonly window: number | undefined;
}

interface Column {
  readonly head: string;
  readonly align: 'left' | 'right';
  /** Columns of a higher rank go first where there is no room. */
  readonly rank: number;
  readonly cells: readonly Segment[];
}

/** From here on bands are drawn too, and bars are longer. */
const WIDE = 112;

/** A head and one row for each objective, no wider than `columns`. */
export function watchRows(shown: WatchShown, columns: number): readonly (readonly Segment[])[] {
  const { decision } = shown;
  const wide = columns >= WIDE;
  const fitting = fit(columnsOf(shown, wide), columns);
  const widths = fitting.map(({ head, cells }) =>
    Math.max(lengthOf(head), ...cells.map(({ text }) => lengthOf(text))),
  );
  const row = (segments: readonly Segment[]): readonly Segment[] =>
    segments.flatMap(({ text, style }, index) => {
      const { align = 'left' } = fitting[index] ?? {};
      const padded = `${index === 0 ? '' : ' '}${pad(text, widths[index] ?? 0, align)}`;
      return [style === undefined ? bare(padded) : styled(style, padded)];
    });
  return [
    row(fitting.map(({ head }) => styled('gray', head))),
    ...decision.objectives.map((_, index) => row(fitting.map(({ cells }) => cells[index] ?? bare('')))),
  ];
}

function fit(columns: readonly Column[], room: number): readonly Column[] {
  const widthOf = (some: readonly Column[]): number =>
    some.reduce(
      (sum, { head, cells }) =>
        sum + 1 + Math.max(lengthOf(head), ...cells.map(({ text }) => lengthOf(text))),
      -1,
    );
  let left = columns;
  while (left.length > 1 && widthOf(left) > room) {
    const last = Math.max(...left.map(({ rank }) => rank));
    left = left.filter(({ rank }) => rank !== last);
  }
  return left;
}

function columnsOf(shown: WatchShown, wide: boolean): readonly Column[] {
  const { decision, objectives } = shown;
  const each = (cell: (standing: Standing, level: Declared | undefined) => Segment): readonly Segment[] =>
    decision.objectives.map((standing, index) => cell(standing, objectives[index]));
  const column = (
    head: string,
    align: Column['align'],
    rank: number,
    cell: (standing: Standing, level: Declared | undefined) => Segment,
  ): Column => ({ head, align, rank, cells: each(cell) });
  return [
    column('', 'left', 0, ({ rule }) => bare(rule.id.slice(0, 12))),
    column('now', 'right', 1, nowCell),
    column('95 % band', 'right', 4, bandCell),
    ...(wide ? [column('band, ┃ limit', 'left', 7, drawnBand)] : []),
    column('limit', 'right', 3, ({ rule }, level) => bare(limitCell(rule, level))),
    column('old', 'right', 5, oldCell),
    column('bad: ln E', 'left', 2, (standing) => badCell(standing, decision, wide ? 12 : 6)),
    column('good', 'left', 2, (standing) => goodCell(standing, shown, wide ? 8 : 4)),
    column('budget', 'right', 6, (standing) => budgetCell(standing, shown)),
  ];
}

/** Without the duration of a latency, which is in the lines before and after. */
const limitCell = (rule: Standing['rule'], level: Declared | undefined): string =>
  rule.kind === 'counted' ? allowedInWords(rule, undefined) : allowedInWords(rule, level);

function nowCell({ rule, tally, age }: Standing, level: Declared | undefined): Segment {
  switch (rule.kind) {
    case 'counted':
      return tally.trials === 0 ? NO_DATA : bare(formatShare(tally.events / tally.trials));
    case 'gauge':
      return tally.levels === 0 ? NO_DATA : bare(levelFormat(level)(tally.levelSum / tally.levels));
    case 'freshness':
      return age === undefined ? NO_DATA : bare(formatDuration(age));
    default:
      return rule satisfies never;
  }
}

const NO_DATA = styled('gray', 'no data');

function bandCell({ rule, tally }: Standing, level: Declared | undefined): Segment {
  if (rule.kind === 'gauge') {
    const { highest } = tally;
    return highest === undefined ? bare('') : styled('gray', `top ${levelFormat(level)(highest)}`);
  }
  if (rule.kind === 'freshness' || tally.trials === 0) return bare('');
  const [low, high] = wilson(tally.events, tally.trials);
  return bare(`${formatShare(low).replace(' %', '')}–${formatShare(high)}`);
}

function drawnBand({ rule, tally }: Standing): Segment {
  const width = 20;
  if (rule.kind !== 'counted' || tally.trials === 0) return bare('');
  const [low, high] = wilson(tally.events, tally.trials);
  const value = tally.events / tally.trials;
  const drawn = bandBar({ low, value, high, limit: rule.allowed }, width);
  return styled(low > rule.allowed ? 'red' : high < rule.allowed ? 'green' : 'yellow', drawn);
}

function oldCell({ tally: { beside } }: Standing): Segment {
  if (beside === undefined || beside.oldTrials === 0) return bare('');
  return bare(formatShare(beside.oldEvents / beside.oldTrials));
}

/** Full when this objective alone would do for a roll-back. */
function badCell({ rule, logBad, stale }: Standing, decision: Decision, width: number): Segment {
  if (rule.kind === 'freshness') return stale ? styled('red', 'too old') : bare('');
  const share = logBad / (decision.badThreshold - Math.log(rule.weight));
  const text = `${bar(share, width)} ${pad(logBad.toFixed(1), 4, 'right')}`;
  return share >= 1 ? styled('red', text) : share >= 0.5 ? styled('yellow', text) : bare(text);
}

function goodCell(standing: Standing, { decision, beganAt }: WatchShown, width: number): Segment {
  const { rule, logGood, settledAt, needs, age } = standing;
  if (rule.kind === 'freshness') {
    if (age === undefined) return styled('gray', 'not seen yet');
    return age <= rule.limit ? styled('green', '✔ fresh') : styled('yellow', 'too old');
  }
  if (settledAt !== undefined) return styled('green', `✔ after ${formatDuration(settledAt - beganAt)}`);
  const missing = needs === undefined ? 'too near' : `${whole(needs)} more`;
  return bare(`${bar(logGood / decision.goodThreshold, width)} ${missing}`);
}

function budgetCell(standing: Standing, { beganAt, at, window }: WatchShown): Segment {
  if (window === undefined) return bare('');
  const left = objectiveBudget(standing, { elapsed: at - beganAt, window });
  if (left === undefined) return bare('');
  return left < 0 ? styled('red', 'spent') : bare(`${Math.floor(left * 100)} %`);
}

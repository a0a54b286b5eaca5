import { formatDuration } from '../../kernel/durations.ts';
import type { Decision } from '../../watch/gate/decide.ts';
import { eventInWords } from '../../watch/words.ts';
import { bar } from './bars.ts';
import { bare, type Segment, styled } from './segments.ts';
import { type WatchShown, watchRows } from './watch-rows.ts';

/** Hard events named one by one. */
const HARD = 3;

/** The watch in no more than `rows` lines of `columns` characters: what it says, and one row for each objective. */
export function watchLines(
  shown: WatchShown,
  now: number,
  { columns, rows }: { readonly columns: number; readonly rows: number },
): readonly (readonly Segment[])[] {
  const { decision } = shown;
  const hard = decision.hard.slice(0, HARD).map((event) => [styled('red', eventInWords(event))]);
  const [head = [], ...each] = watchRows(shown, columns);
  const room = Math.max(0, rows - 2 - hard.length);
  const whole = each.length <= room;
  const kept = whole ? each : mostTelling(decision, each, Math.max(0, room - 1));
  const left = each.length - kept.length;
  const more = left === 0 ? [] : [[styled('gray', `… and ${left} more objectives that say less`)]];
  return [headline(shown, now), ...hard, head, ...kept, ...more].slice(0, Math.max(1, rows));
}

function headline({ decision, beganAt, window }: WatchShown, now: number): readonly Segment[] {
  const { verdict, logBad, badThreshold, silentLooks } = decision;
  const of = window === undefined ? '' : ` of ${formatDuration(window)}`;
  const share = logBad / badThreshold;
  const loud = share >= 1 ? 'red' : share >= 0.5 ? 'yellow' : 'gray';
  const silent = silentLooks > 1 ? [styled('yellow', `, no answer at ${silentLooks} looks`)] : [];
  return [
    bare(`watched for ${sinceInWords(now - beganAt)}${of}: `),
    styled(verdict === 'bad' ? 'red' : verdict === 'good' ? 'green' : 'yellow', verdict),
    ...silent,
    bare('; together '),
    styled(loud, `ln E ${shownLog(logBad)} of ${badThreshold.toFixed(1)} ${bar(share, 8)}`),
  ];
}

/** Seconds for as long as anybody counts them. */
const sinceInWords = (milliseconds: number): string =>
  milliseconds < 300_000
    ? `${Math.max(0, Math.floor(milliseconds / 1_000))} s`
    : formatDuration(milliseconds);

const shownLog = (logE: number): string => (Number.isFinite(logE) ? logE : 0).toFixed(1);

/** The rows that speak loudest or still need something, in the order in which they stand. */
function mostTelling<Row>(decision: Decision, rows: readonly Row[], most: number): readonly Row[] {
  const weight = (index: number): number => {
    const standing = decision.objectives[index];
    if (standing === undefined) return Number.NEGATIVE_INFINITY;
    if (standing.stale) return Number.POSITIVE_INFINITY;
    return standing.logBad + (standing.settledAt === undefined ? decision.badThreshold : 0);
  };
  const chosen = new Set(
    rows
      .map((_, index) => index)
      .sort((a, b) => weight(b) - weight(a))
      .slice(0, most),
  );
  return rows.filter((_, index) => chosen.has(index));
}

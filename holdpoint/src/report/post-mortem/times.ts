import { formatDuration } from '../../kernel/durations.ts';
import type { RunState } from '../../release/state.ts';
import { returnTimes } from '../way-back.ts';
import { inline, table } from './markdown.ts';
import type { Moments, Outage } from './moments.ts';

export const NOT_MEASURED = 'not measured';
export const UNCHANGED = 'no replica had to be replaced';

/** How long it took from one instant of the log to another; an instant that the log does not hold measures nothing. */
export function timesTable(state: RunState, moments: Moments): readonly string[] {
  const { rollback, proposal, closed, deployedAt, opened } = state;
  const old = inline(opened.from?.version ?? 'the old version');
  const { firstNewReplica, firstSign } = moments;
  const back = returnTimes(state);
  const alone = `decision → ${old} alone`;
  const decided = rollback?.at;
  const rows: (readonly [string, number | undefined, number | undefined])[] = [
    ['to detection: first new replica in traffic → decision', firstNewReplica?.at, decided],
    ['first sign of trouble → decision', firstSign?.at, decided],
    ...(proposal === undefined ? [] : [['proposal → decision', proposal.at, decided] as const]),
    [alone, decided, back?.aloneAt],
    [`decision → ${old} alone, verified`, decided, back?.verifiedAt],
    [`first new replica in traffic → ${old} alone`, firstNewReplica?.at, back?.aloneAt],
    ['T → closed', deployedAt, closed?.at],
    ['total: opened → closed', state.openedAt, closed?.at],
  ];
  return table(
    ['time', 'measured'],
    [
      ...rows.map(([what, from, to]) => [
        what,
        to === undefined && what === alone && back?.unchanged === true ? UNCHANGED : between(from, to),
      ]),
      outageRow(moments.outages),
    ],
  );
}

function between(from: number | undefined, to: number | undefined): string {
  return from === undefined || to === undefined ? NOT_MEASURED : formatDuration(to - from);
}

const outageRow = (outages: readonly Outage[]): readonly string[] => [
  'out of service: first replica out of traffic for the halt → first replica back',
  downtimeInWords(outages),
];

/** `12 s`, or that there was none to measure. */
export function downtimeInWords(outages: readonly Outage[]): string {
  if (outages.length === 0) return 'the system was not halted';
  const ended = outages.flatMap(({ from, until }) => (until === undefined ? [] : [until.at - from.at]));
  if (ended.length < outages.length) return `${NOT_MEASURED}: it was not back in traffic when the log ended`;
  const total = ended.reduce((sum, one) => sum + one, 0);
  return ended.length === 1
    ? formatDuration(total)
    : `${formatDuration(total)}: ${ended.map(formatDuration).join(', ')}`;
}

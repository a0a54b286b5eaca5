import { formatDuration } from '../../kernel/durations.ts';
import type { LoggedEvent } from '../../release/events.ts';
import type { RunState } from '../../release/state.ts';
import { lossInWords } from '../../rollback/plan.ts';
import { nameOf } from '../people.ts';
import { countedIn, placesIn } from './blocks.ts';
import { bullets, counted, inline, table } from './markdown.ts';
import type { Moments } from './moments.ts';
import { downtimeInWords, NOT_MEASURED } from './times.ts';

/** Tables named one by one; the rest is counted. */
const TABLES = 50;

const number = (value: number): string => value.toLocaleString('en-US');

/** `1,186 seen, 0 lost`, or `not measured`. */
export function requestsInWords({ edge }: RunState): string {
  return edge === undefined ? NOT_MEASURED : `${number(edge.requests)} seen, ${number(edge.lost)} lost`;
}

/** Whom it hurt, and how much: requests, errors, rows, time. */
export function impact(
  state: RunState,
  events: readonly LoggedEvent[],
  { outages }: Moments,
): readonly string[] {
  const unread = events.findLast(({ body }) => body.type === 'edge.counted' || body.type === 'edge.unread');
  const blind =
    unread?.body.type === 'edge.unread'
      ? [`The edge could not be read at the end, and may have seen more: ${inline(unread.body.reason)}`]
      : [];
  return [
    ...bullets([
      `Requests at the edge since the watch began: ${requestsInWords(state)}`,
      ...blind,
      ...watched(state),
      `Out of service: ${downtimeInWords(outages)}`,
      ...rows(state),
    ]),
    ...lossTable(state),
  ];
}

function watched({ watch }: RunState): readonly string[] {
  const places = placesIn(watch.terms);
  const blocks = watch.blocks.map((block) => countedIn(block, places));
  const requests = blocks.reduce((sum, one) => sum + one.requests, 0);
  const failed = blocks.reduce((sum, one) => sum + one.failed, 0);
  const slow = blocks.reduce((sum, one) => sum + one.slow, 0);
  const hard = blocks.flatMap((one) => one.hard);
  const seen =
    requests === 0
      ? NOT_MEASURED
      : `${number(requests)} in ${counted(blocks.length, 'look')}, ${number(failed)} failed, ${number(slow)} too slow`;
  return [
    `Requests to the new version, by the watch: ${seen}`,
    ...hard.map((event) => `Seen by the watch: ${inline(event)}`),
    ...(watch.decided === undefined
      ? ['Decision of the watch: none']
      : [
          `Decision of the watch: ${inline(watch.decided.reason)}`,
          ...watch.decided.details.map((detail) => inline(detail)),
        ]),
  ];
}

/** Whether data was put back: until the swap the present data stays where it is. */
const isRestored = ({ steps }: RunState): boolean => steps.get('rollback/restore/swap')?.status === 'done';

function rows(state: RunState): readonly string[] {
  const { loss, lossAccepted, wayBackAccepted } = state;
  if (loss === undefined) {
    return [
      isRestored(state) ? `Rows given up: ${NOT_MEASURED}` : 'Rows given up: none, no backup was restored',
    ];
  }
  const [head = ''] = lossInWords(loss);
  const limit = wayBackAccepted?.lossLimit;
  const before =
    wayBackAccepted === undefined || limit === undefined
      ? []
      : [
          `Accepted beforehand: a loss of up to ${formatDuration(limit)}, by ${inline(nameOf(wayBackAccepted.by))}: ${inline(wayBackAccepted.reason)}`,
        ];
  return [
    isRestored(state)
      ? `Rows given up: ${inline(head)} (${inline(loss.backup)})`
      : `Rows given up: none so far; a restore of ${inline(loss.backup)} would cost this: ${inline(head)}`,
    ...(loss.final ? [] : ['Counted while the system was serving; more may have been written since']),
    ...(loss.unknown === undefined ? [] : [`Not all of it is known: ${inline(loss.unknown)}`]),
    ...before,
    lossAccepted === undefined
      ? 'Accepted when it was counted: by nobody'
      : `Accepted when it was counted: by ${inline(nameOf(lossAccepted.by))}: ${inline(lossAccepted.reason)}`,
  ];
}

function lossTable({ loss }: RunState): readonly string[] {
  if (loss === undefined) return [];
  const more = loss.tables.length - TABLES;
  return table(
    ['table', 'inserted', 'updated', 'deleted'],
    [
      ...loss.tables
        .slice(0, TABLES)
        .map((one) => [inline(one.table), ...[one.inserted, one.updated, one.deleted].map(number)]),
      ...(more > 0 ? [[`and ${more} more`, '', '', '']] : []),
    ],
  );
}

import { wilson } from '../../watch/confidence.ts';
import type { Decision } from '../../watch/gate/decide.ts';
import type { WatchRead } from '../watch-read.ts';
import { place, type Scale } from './scale.ts';

/** Some looks in a row as one point. Counts are summed, never thinned out: no failed request gets lost on the way. */
export interface Point {
  /** Milliseconds since the watch began, at the end of the looks. */
  readonly at: number;
  /** Nobody looked between the point before and this one. */
  readonly gap: boolean;
  /** Rate of these looks, level or age; undefined without data. */
  readonly value: number | undefined;
  readonly old: number | undefined;
  /** Of a gauge: the highest of one replica. */
  readonly highest: number | undefined;
  /** From the beginning on: the rate of all and its 95 % band. */
  readonly sofar: { readonly rate: number; readonly low: number; readonly high: number } | undefined;
  /** The highest of the looks, so that no crossing of a threshold goes unseen. */
  readonly logBad: number;
  readonly logGood: number;
}

/** From where to where looks become one point: `start`, `end` and so on, the last one excluded. */
export type Runs = readonly (readonly [start: number, end: number])[];

/** The looks that are drawn as one point each: those that fall into the same of `most` columns of the picture. */
export function runsOf({ blocks, beganAt }: WatchRead, time: Scale, most: number): Runs {
  const columns = Math.max(1, most);
  const columnOf = (at: number): number =>
    Math.min(
      columns - 1,
      Math.floor(((place(time, at - beganAt) - time.start) / (time.end - time.start)) * columns),
    );
  const runs: (readonly [number, number])[] = [];
  let start = 0;
  for (const [index, { at }] of blocks.entries()) {
    const next = blocks[index + 1];
    if (next !== undefined && columnOf(next.at) === columnOf(at)) continue;
    runs.push([start, index + 1]);
    start = index + 1;
  }
  return runs;
}

/** What was seen of one objective, a point for each of the runs. */
export function seriesOf(
  { blocks, beganAt }: WatchRead,
  decisions: readonly Decision[],
  index: number,
  runs: Runs,
): readonly Point[] {
  const points: Point[] = [];
  for (const [start, stop] of runs) {
    const some = blocks.slice(start, stop);
    const said = decisions.slice(start, stop).flatMap(({ objectives }) => objectives[index] ?? []);
    const last = said.at(-1);
    const end = some.at(-1);
    if (last === undefined || end === undefined) continue;
    points.push({
      at: Math.max(0, end.at - beganAt),
      gap: some.some((block) => block.gap),
      ...summed(some.flatMap(({ seen }) => seen[index] ?? [])),
      sofar: sofarOf(last.tally),
      logBad: Math.max(...said.map(({ logBad }) => logBad)),
      logGood: last.logGood,
    });
  }
  return points;
}

type Seen = WatchRead['blocks'][number]['seen'][number];

function summed(seen: readonly Seen[]): Pick<Point, 'value' | 'old' | 'highest'> {
  const [fresh, old] = [
    { events: 0, trials: 0 },
    { events: 0, trials: 0 },
  ];
  const levels: number[] = [];
  const highest: number[] = [];
  let age: number | undefined;
  for (const one of seen) {
    if (one.kind === 'counted') {
      fresh.events += one.fresh.events;
      fresh.trials += one.fresh.trials;
      old.events += one.old?.events ?? 0;
      old.trials += one.old?.trials ?? 0;
    } else if (one.kind === 'gauge') {
      if (one.level !== undefined) levels.push(one.level);
      if (one.highest !== undefined) highest.push(one.highest);
    } else if (one.age !== undefined) age = Math.max(age ?? 0, one.age);
  }
  const mean = levels.length === 0 ? undefined : levels.reduce((sum, one) => sum + one, 0) / levels.length;
  return {
    value: rateOf(fresh) ?? mean ?? age,
    old: rateOf(old),
    highest: highest.length === 0 ? undefined : Math.max(...highest),
  };
}

const rateOf = ({ events, trials }: { events: number; trials: number }): number | undefined =>
  trials > 0 ? events / trials : undefined;

function sofarOf({ events, trials }: Decision['objectives'][number]['tally']): Point['sofar'] {
  if (!(trials > 0)) return undefined;
  const [low, high] = wilson(events, trials);
  return { rate: events / trials, low, high };
}

import type { ReplicaId } from '../../kernel/ids.ts';
import type { Bin } from '../history.ts';
import type { Objective } from '../objective.ts';
import type { Answer } from './source.ts';

/** What one replica told at one moment of the past. */
export interface Told {
  readonly replica: ReplicaId;
  readonly service: string;
  readonly at: number;
  readonly answer: Answer;
}

/** Read from counters whose growth is a number of events. */
export const isCounted = ({ kind }: Objective): boolean =>
  kind === 'errors' || kind === 'latency' || kind === 'pair';

/** Seconds by which two readings of one process's start may differ. */
const SAME_START = 1;

/** Events between one moment and the next, of all replicas that told something at both. */
export function binsOf(moments: readonly (readonly Told[])[], objective: string): readonly Bin[] {
  return moments.slice(1).flatMap((now, index) => {
    const before = new Map(moments[index]?.map((one) => [one.replica, one.answer]));
    const grown = now.flatMap(({ replica, answer }) => {
      const earlier = before.get(replica);
      const delta = earlier === undefined ? undefined : countedSince(earlier, answer, objective);
      return delta === undefined ? [] : [delta];
    });
    if (grown.length === 0) return [];
    return [
      { events: sum(grown.map(({ events }) => events)), trials: sum(grown.map(({ trials }) => trials)) },
    ];
  });
}

function countedSince(before: Answer, now: Answer, objective: string): Bin | undefined {
  const from = before.readings[objective];
  const to = now.readings[objective];
  if (from?.kind !== 'counted' || to?.kind !== 'counted') return undefined;
  const fell = to.trials < from.trials || to.events < from.events;
  const base = baseOf(before, now, fell);
  if (base === undefined) return undefined;
  return base === 'zero'
    ? { events: to.events, trials: to.trials }
    : { events: to.events - from.events, trials: to.trials - from.trials };
}

/** Where the later of two totals began to count; undefined when they cannot be compared. */
function baseOf(before: Answer, now: Answer, fell: boolean): 'zero' | 'before' | undefined {
  const [from, to] = [before.processStart, now.processStart];
  if (from === null || to === null) return fell ? 'zero' : 'before';
  if (Math.abs(to - from) > SAME_START) return 'zero';
  // A counter that falls in a process that did not restart has lost a series: its whole history is no news.
  return fell ? undefined : 'before';
}

/** The level at each moment that brought something new: the mean of a service's replicas, of the busiest service. */
export function levelsOf(moments: readonly (readonly Told[])[], objective: string): readonly number[] {
  const last = new Map<ReplicaId, Told>();
  return moments.flatMap((moment) => {
    const services = new Map<string, number[]>();
    for (const told of moment) {
      const level = levelOf(told, last.get(told.replica), objective);
      last.set(told.replica, told);
      if (level === undefined) continue;
      const levels = services.get(told.service);
      if (levels === undefined) services.set(told.service, [level]);
      else levels.push(level);
    }
    const means = [...services.values()].map((levels) => sum(levels) / levels.length);
    return means.length === 0 ? [] : [Math.max(...means)];
  });
}

function levelOf(now: Told, before: Told | undefined, objective: string): number | undefined {
  const to = now.answer.readings[objective];
  if (to?.kind === 'level') return to.level;
  const from = before?.answer.readings[objective];
  if (to?.kind !== 'slope' || from?.kind !== 'slope' || before === undefined) return undefined;
  // Starting up burns a core and says nothing about serving: only a span of one process is a level.
  if (now.at <= before.at || baseOf(before.answer, now.answer, to.total < from.total) !== 'before')
    return undefined;
  return ((to.total - from.total) / (now.at - before.at)) * 1_000;
}

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);

import type { Replica } from '../../../targets/target.ts';
import type { History } from '../../history.ts';
import { readMeaning, wantedSeries } from '../meaning.ts';
import type { Measured } from '../measured.ts';
import type { Telling } from '../measuring.ts';
import { binsOf, isCounted, levelsOf, type Told } from '../past.ts';
import type { Limits, PrometheusClient, Span } from './client.ts';
import type { Declared } from './declared.ts';
import { sortOut } from './kept.ts';
import { type Selection, selectorOf } from './selection.ts';
import { tellingsAt, unknownMetrics } from './tellings.ts';

/** Milliseconds of a bin. */
const BIN = 60_000;
/** Steps asked for at once: an hour of ten thousand series would be more than one answer should be. */
const STEPS = 15;

export interface Remembering extends Measured, Selection {
  /** Milliseconds after which a sample is no longer the present. */
  readonly lookback: number;
}

/**
 * Events in bins of a minute, and levels at even intervals. Counters are only sampled, never asked for as rates: a
 * server's `increase` guesses what it has not seen. Levels come from the samples themselves, since the growth of the
 * processor's seconds has to be divided by the time between two of them.
 */
export async function historyOf(
  remembering: Remembering,
  client: PrometheusClient,
  declared: Declared,
  replicas: readonly Replica[],
  span: { readonly from: number; readonly to: number; readonly interval: number },
  limits: Limits,
): Promise<History> {
  const only = (counted: boolean): Remembering => ({
    ...remembering,
    objectives: remembering.objectives.filter((one) => one.kind !== 'lost' && isCounted(one) === counted),
  });
  const [counters, gauges] = [only(true), only(false)];
  const binned = await steps(counters, client, declared, replicas, span, limits);
  const sampled = await samples(gauges, client, declared, replicas, span, limits);
  return {
    counted: byObjective(counters, (id) => binsOf(binned, id)),
    levels: byObjective(gauges, (id) => levelsOf(sampled, id)),
  };
}

function byObjective<Value>(
  { objectives }: Measured,
  valuesOf: (id: string) => readonly Value[],
): Record<string, readonly Value[]> {
  const found = objectives.map(({ id }) => [id, valuesOf(id)] as const);
  return Object.fromEntries(found.filter(([, values]) => values.length > 0));
}

type Moments = readonly (readonly Told[])[];

async function steps(
  measured: Remembering,
  client: PrometheusClient,
  declared: Declared,
  replicas: readonly Replica[],
  { from, to }: { readonly from: number; readonly to: number },
  limits: Limits,
): Promise<Moments> {
  if (measured.objectives.length === 0) return [];
  const selector = selectorOf(wantedSeries(measured), measured, replicas);
  // A server hands out values of up to five minutes ago, unless their series has ended: a time when it did not look
  // would be a stillness and then a burst. The second half asks for a sample that is no older than we allow.
  const query = `${selector} and last_over_time(${selector}[${Math.ceil(measured.lookback)}ms])`;
  const times = rangeOf({ from: to - Math.floor((to - from) / BIN) * BIN, to, step: BIN });
  const moments: (readonly Told[])[] = [];
  for (let first = 0; first < times.length; first += STEPS) {
    const some = times.slice(first, first + STEPS);
    const part = { from: some[0] ?? from, to: some.at(-1) ?? to, step: BIN };
    const { series } = await client.queryRange(query, part, limits);
    const kept = sortOut(series, replicas, measured.replicaLabel);
    await declared.learn(unknownMetrics(measured, replicas, kept, declared), limits);
    for (const at of some) {
      const moment = { after: at - BIN / 2, until: at + BIN / 2 };
      moments.push(toldOf(measured, tellingsAt(measured, replicas, kept, declared, moment, at)));
    }
  }
  return moments;
}

async function samples(
  measured: Remembering,
  client: PrometheusClient,
  declared: Declared,
  replicas: readonly Replica[],
  { from, to, interval }: { readonly from: number; readonly to: number; readonly interval: number },
  limits: Limits,
): Promise<Moments> {
  const { lookback } = measured;
  if (measured.objectives.every(({ kind }) => kind === 'freshness')) return [];
  const selector = selectorOf(wantedSeries(measured), measured, replicas);
  const { series } = await client.query(`${selector}[${Math.ceil(to - from + lookback)}ms]`, limits, to);
  const kept = sortOut(series, replicas, measured.replicaLabel);
  return rangeOf({ from, to, step: interval }).map((until) => {
    const moment = { after: until - lookback, until };
    return toldOf(measured, tellingsAt(measured, replicas, kept, declared, moment, until));
  });
}

function toldOf(measured: Measured, tellings: readonly Telling[]): readonly Told[] {
  return tellings.flatMap(({ replica: { id, service }, at, told }) =>
    'kind' in told ? [] : [{ replica: id, service, at, answer: readMeaning(measured, service, told, {}) }],
  );
}

function rangeOf({ from, to, step }: Span): readonly number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
}

import type { Objective } from '../objective.ts';
import type { Row } from './exposition.ts';
import { type Histogram, histogramsOf, maybeAbove, surelyAbove, timedIn } from './histogram.ts';
import type { MeasuredService, RequestSeries } from './measured.ts';
import { type Selector, selects } from './selector.ts';
import { declares, type SeriesTable } from './series.ts';
import type { Reading, Tails } from './source.ts';

export const CPU = 'process_cpu_seconds_total';
export const MEMORY = 'process_resident_memory_bytes';
export const START = 'process_start_time_seconds';

/** One replica's series, and what has to be known to read them. */
export interface Reader {
  readonly table: SeriesTable;
  readonly notes: Set<string>;
  readonly settings: MeasuredService;
  readonly series: RequestSeries;
  readonly tails: Tails;
  readonly processStart: number | null;
  users(name: string): readonly Row[];
  /** By series, since several objectives may be read from one. */
  readonly histograms: Map<string, readonly Histogram[] | undefined>;
}

/** Undefined, with a note, when it cannot be read. */
export function readObjective(objective: Objective, reader: Reader): Reading | undefined {
  switch (objective.kind) {
    case 'errors':
      return errors(reader);
    case 'latency':
      return latency(objective, reader);
    case 'pair':
      return pair(objective.bad, objective.total, reader);
    case 'cpu': {
      const seconds = gauge(CPU, reader);
      return seconds === undefined
        ? undefined
        : { kind: 'slope', total: seconds / (reader.settings.cores ?? 1) };
    }
    case 'memory':
      return memory(reader);
    case 'level':
      return level(objective.series, reader);
    case 'freshness':
      return freshness(objective.series, reader);
    case 'lost':
      return undefined;
    default:
      return objective satisfies never;
  }
}

function errors({ table, notes, series: { requests, status }, users }: Reader): Reading | undefined {
  const rows = users(requests);
  if (!counts(requests, rows, table, notes)) return undefined;
  if (rows.some(({ labels }) => !labels.has(status))) {
    notes.add(`${requests} has no label ${status}; errors cannot be told`);
    return undefined;
  }
  const failed = rows.filter(({ labels }) => /^5(\d\d|xx)$/i.test(labels.get(status) ?? ''));
  return counted(sumOf(rows), sumOf(failed));
}

function latency(
  { id, series, limit }: Extract<Objective, { kind: 'latency' }>,
  reader: Reader,
): Reading | undefined {
  const { notes } = reader;
  const histograms = durations(series, reader);
  if (histograms === undefined) return undefined;
  if (histograms.some((one) => one.every(({ edge }) => edge < limit || edge === Number.POSITIVE_INFINITY))) {
    notes.add(`${series}_bucket ends below the limit: slow requests cannot be seen`);
  }
  if (histograms.some((one) => one.every(({ edge }) => edge > limit))) {
    notes.add(`${series}_bucket begins above the limit: it can never be shown to be kept`);
  }
  const above = (count: (histogram: Histogram) => number) => totalOf(histograms.map(count));
  return {
    kind: 'counted',
    trials: above(timedIn),
    events: above((one) => surelyAbove(one, limit)),
    eventsForGood: above((one) => maybeAbove(one, limit)),
    tails: (reader.tails[id] ?? []).map((tail) => above((one) => surelyAbove(one, tail))),
  };
}

/** The users' durations; undefined, with a note, when they cannot be counted. */
function durations(series: string, reader: Reader): readonly Histogram[] | undefined {
  if (reader.histograms.has(series)) return reader.histograms.get(series);
  const { table, notes } = reader;
  const bucket = `${series}_bucket`;
  const rows = reader.users(bucket);
  const countable = counts(bucket, rows, table, notes, series);
  const found = countable ? histogramsOf(series, rows) : undefined;
  if (countable && found === undefined) notes.add(`${bucket} has no bucket le="+Inf"; not counted`);
  reader.histograms.set(series, found);
  return found;
}

function pair(bad: Selector, total: Selector, { table, notes, users }: Reader): Reading | undefined {
  const sum = (selector: Selector): number | undefined => {
    const rows = users(selector.name).filter((row) => selects(selector, row));
    return counts(selector.name, rows, table, notes) ? sumOf(rows) : undefined;
  };
  const events = sum(bad);
  const trials = sum(total);
  return events === undefined || trials === undefined ? undefined : counted(trials, events);
}

function memory(reader: Reader): Reading | undefined {
  const limit = reader.settings.memoryLimit;
  if (limit === undefined) {
    reader.notes.add('no memory limit is declared, so its memory cannot be judged');
    return undefined;
  }
  const bytes = gauge(MEMORY, reader);
  return bytes === undefined ? undefined : { kind: 'level', level: bytes / limit };
}

/** The highest of several series: a sum of shares would pass a limit that none of them has reached. */
function level(selector: Selector, { table, notes }: Reader): Reading | undefined {
  const values = numbers(selector, table, notes);
  if (values.length > 1) notes.add(`${selector.text} is ${values.length} series; the highest counts`);
  return values.length === 0 ? undefined : { kind: 'level', level: Math.max(...values) };
}

/** A 0 is how a process says that it has not happened yet: then it is as old as the process. */
function freshness(selector: Selector, { table, notes, processStart }: Reader): Reading | undefined {
  const values = numbers(selector, table, notes);
  if (values.length === 0) return undefined;
  const newest = Math.max(...values);
  if (newest > 0) {
    const unit = /_(milliseconds|ms)$/.test(selector.name) ? 1 : 1_000;
    return { kind: 'instant', at: newest * unit };
  }
  if (processStart !== null) return { kind: 'instant', at: processStart * 1_000 };
  notes.add(`${selector.text} is 0, and nothing tells since when`);
  return undefined;
}

/** The selected values; none, with a note, where there are none or one of them is no number. */
function numbers(selector: Selector, { rows }: SeriesTable, notes: Set<string>): readonly number[] {
  const found = (rows.get(selector.name) ?? []).filter((row) => selects(selector, row));
  if (found.length === 0) notes.add(`no series ${selector.text}`);
  const odd = found.find(({ value }) => !Number.isFinite(value));
  if (odd === undefined) return found.map(({ value }) => value);
  notes.add(`${selector.text} has the value ${odd.value}; not read`);
  return [];
}

/**
 * The rows can be counted; otherwise the whole series is left alone, since a part of it would look like a reset.
 * Without a row, a series that is known is one that has counted nothing yet; one that nobody knows is no data.
 */
function counts(
  name: string,
  rows: readonly Row[],
  table: SeriesTable,
  notes: Set<string>,
  family = name,
): boolean {
  if (rows.length === 0 && !declares(table, name) && !declares(table, family)) {
    notes.add(`no series ${name}`);
    return false;
  }
  return sound(name, rows, notes);
}

function sound(name: string, rows: readonly Row[], notes: Set<string>): boolean {
  const odd = rows.find((row) => !isCount(row));
  if (odd !== undefined) notes.add(`${name} has the value ${odd.value}; not counted`);
  return odd === undefined;
}

/** The one value of a series that a process has once. */
function gauge(name: string, { table, notes }: Reader): number | undefined {
  const rows = table.rows.get(name) ?? [];
  if (rows.length === 0) notes.add(`no series ${name}`);
  else if (rows.length > 1) notes.add(`${name} is ${rows.length} series of one replica; not read`);
  else if (sound(name, rows, notes)) return rows[0]?.value;
  return undefined;
}

export const single = (rows: readonly Row[]): number | null =>
  rows.length === 1 && rows.every(isCount) ? (rows[0]?.value ?? null) : null;

const counted = (trials: number, events: number): Reading => ({
  kind: 'counted',
  trials,
  events,
  eventsForGood: events,
  tails: [],
});

export const isCount = ({ value }: Row): boolean => Number.isFinite(value) && value >= 0;
const totalOf = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0);
const sumOf = (rows: readonly Row[]): number => totalOf(rows.map(({ value }) => value));

import type { Objective } from '../objective.ts';
import { type Histogram, histogramsOf } from './histogram.ts';
import { askedOf, type Measured, type RequestSeries } from './measured.ts';
import { CPU, isCount, MEMORY, type Reader, readObjective, START, single } from './reading.ts';
import type { SeriesTable } from './series.ts';
import type { Answer, Reading, Tails } from './source.ts';

/** Names of the series that an objective is read from. */
export function seriesOf(objective: Objective, { requests }: RequestSeries): readonly string[] {
  switch (objective.kind) {
    case 'errors':
      return [requests];
    case 'latency':
      return [`${objective.series}_bucket`];
    case 'lost':
      return [];
    case 'pair':
      return [objective.bad.name, objective.total.name];
    case 'cpu':
      return [CPU];
    case 'memory':
      return [MEMORY];
    case 'level':
    case 'freshness':
      return [objective.series.name];
    default:
      return objective satisfies never;
  }
}

export function wantedSeries({ objectives, series }: Pick<Measured, 'objectives' | 'series'>): Set<string> {
  return new Set([START, ...objectives.flatMap((objective) => seriesOf(objective, series))]);
}

/** What each objective reads from one replica's series. What cannot be read is left out, and a note says why. */
export function readMeaning(measured: Measured, service: string, table: SeriesTable, tails: Tails): Answer {
  const settings = measured.services[service] ?? { probes: [] };
  const notes = new Set(table.notes);
  const paths = new Set(settings.probes);
  const reader: Reader = {
    table,
    notes,
    settings,
    series: measured.series,
    tails,
    processStart: single(table.rows.get(START) ?? []),
    // Labelled with a path that only machines ask for, whatever the label is called.
    users: (name) => (table.rows.get(name) ?? []).filter(({ labels }) => !holdsOne(labels, paths)),
    histograms: new Map(),
  };
  const readings: Record<string, Reading> = {};
  for (const objective of askedOf(measured, service)) {
    const reading = readObjective(objective, reader);
    if (reading !== undefined) readings[objective.id] = reading;
  }
  return { kind: 'answer', readings, processStart: reader.processStart, notes: [...notes] };
}

/** Histograms of the users' durations; none when they cannot be counted. */
export function durationsOf(
  measured: Measured,
  service: string,
  series: string,
  table: SeriesTable,
): readonly Histogram[] {
  const paths = new Set(measured.services[service]?.probes);
  const rows = (table.rows.get(`${series}_bucket`) ?? []).filter(({ labels }) => !holdsOne(labels, paths));
  return rows.every(isCount) ? (histogramsOf(series, rows) ?? []) : [];
}

function holdsOne(labels: ReadonlyMap<string, string>, paths: ReadonlySet<string>): boolean {
  for (const value of labels.values()) if (paths.has(value)) return true;
  return false;
}

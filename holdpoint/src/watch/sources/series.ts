import type { Exposition, Row } from './exposition.ts';
import { parseNumber } from './exposition.ts';
import type { Answer } from './source.ts';

/** Which series mean what, and what is allowed of them. */
export interface SeriesNames {
  /** Counter of finished requests. */
  readonly requests: string;
  /** Its label with the HTTP status; 5xx is an error. */
  readonly status: string;
  /** Histogram of durations, in seconds unless its name ends in `_milliseconds` or `_ms`. */
  readonly duration: string;
}

export interface Meaning {
  readonly series: SeriesNames;
  /** Milliseconds that a request may take; undefined when durations are not watched. */
  readonly latencyLimit: number | undefined;
  /** Bytes that a replica may use; undefined when it has no limit. */
  readonly memoryLimit: number | undefined;
  /** Cores that a replica may use. */
  readonly cores: number;
  /** Paths that are asked by machines only: requests labelled with one say nothing of the users'. */
  readonly probes: readonly string[];
}

const CPU = 'process_cpu_seconds_total';
const MEMORY = 'process_resident_memory_bytes';
const START = 'process_start_time_seconds';

export function wantedSeries({ requests, duration }: SeriesNames): (name: string) => boolean {
  const wanted = new Set([requests, `${duration}_bucket`, `${duration}_count`, CPU, MEMORY, START]);
  return (name) => wanted.has(name);
}

/** The numbers that the gate counts, from everything that a replica exposes. */
export function readSeries(exposition: Exposition, meaning: Meaning): Answer {
  const notes = new Set<string>();
  if (exposition.unreadable > 0) notes.add(`${exposition.unreadable} lines of its metrics are unreadable`);
  const rows = group(exposition.rows, meaning.probes, notes);
  const cpu = single(rows, CPU, notes);
  return {
    kind: 'answer',
    totals: {
      ...requestTotals(rows, exposition.names, meaning.series, notes),
      ...(meaning.latencyLimit === undefined
        ? { timed: null, within: null, withinForGood: null }
        : durationTotals(rows, exposition.names, meaning.series.duration, meaning.latencyLimit, notes)),
      cpu: cpu === null ? null : cpu / meaning.cores,
    },
    processStart: single(rows, START, new Set()),
    memory: memoryShare(rows, meaning.memoryLimit, notes),
    notes: [...notes],
  };
}

type Rows = ReadonlyMap<string, readonly Row[]>;

/** Rows by name, without probes. The first of two equal series counts: a sum would take each request twice. */
function group(rows: readonly Row[], probes: readonly string[], notes: Set<string>): Rows {
  const paths = new Set(probes);
  const seen = new Set<string>();
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const labels = [...row.labels].sort(([a], [b]) => (a < b ? -1 : 1));
    if (labels.some(([, value]) => paths.has(value))) continue;
    const key = JSON.stringify([row.name, labels]);
    if (seen.has(key)) {
      notes.add(`${row.name} has the same labels twice; the first counts`);
      continue;
    }
    seen.add(key);
    const group = groups.get(row.name);
    if (group === undefined) groups.set(row.name, [row]);
    else group.push(row);
  }
  return groups;
}

/** The rows' values can be counted; otherwise the whole series is left alone, since a part of it would look like a reset. */
function countable(name: string, rows: readonly Row[], notes: Set<string>): boolean {
  const odd = rows.find(({ value }) => !Number.isFinite(value) || value < 0);
  if (odd !== undefined) notes.add(`${name} has the value ${odd.value}; not counted`);
  return odd === undefined;
}

function single(rows: Rows, name: string, notes: Set<string>): number | null {
  const found = rows.get(name) ?? [];
  if (found.length === 0) notes.add(`no series ${name}`);
  else if (countable(name, found, notes)) return found[0]?.value ?? null;
  return null;
}

function requestTotals(
  all: Rows,
  names: ReadonlySet<string>,
  { requests, status }: SeriesNames,
  notes: Set<string>,
): { answered: number | null; failed: number | null } {
  const unknown = { answered: null, failed: null };
  const rows = all.get(requests) ?? [];
  if (rows.length === 0 && !declares(names, requests)) {
    notes.add(`no series ${requests}`);
    return unknown;
  }
  if (!countable(requests, rows, notes)) return unknown;
  if (rows.some(({ labels }) => !labels.has(status))) {
    notes.add(`${requests} has no label ${status}; errors cannot be told`);
    return unknown;
  }
  let answered = 0;
  let failed = 0;
  for (const { labels, value } of rows) {
    if (/^5(\d\d|xx)$/i.test(labels.get(status) ?? '')) failed += value;
    else answered += value;
  }
  return { answered, failed };
}

/**
 * Requests in all, those surely within the limit, and those that may be within it. Within one bucket nothing is
 * interpolated: 'bad' counts above the smallest edge ≥ the limit, 'good' above the largest edge ≤ the limit.
 */
function durationTotals(
  all: Rows,
  names: ReadonlySet<string>,
  duration: string,
  limit: number,
  notes: Set<string>,
): { timed: number | null; within: number | null; withinForGood: number | null } {
  const unknown = { timed: null, within: null, withinForGood: null };
  const bucket = `${duration}_bucket`;
  const rows = all.get(bucket) ?? [];
  if (rows.length === 0 && !declares(names, duration) && !names.has(bucket)) {
    notes.add(`no series ${bucket}`);
    return unknown;
  }
  if (!countable(bucket, rows, notes)) return unknown;
  const edge = /_(milliseconds|ms)$/.test(duration) ? limit : limit / 1_000;
  const sum = { timed: 0, within: 0, withinForGood: 0 };
  for (const buckets of histograms(rows)) {
    const last = buckets.at(-1);
    if (last === undefined || last.edge !== Number.POSITIVE_INFINITY) {
      notes.add(`${bucket} has no bucket le="+Inf"; not counted`);
      return unknown;
    }
    const above = buckets.find((one) => one.edge >= edge);
    const below = buckets.findLast((one) => one.edge <= edge);
    if (above === last) notes.add(`${bucket} ends below the limit: slow requests cannot be seen`);
    if (below === undefined) notes.add(`${bucket} begins above the limit: it can never be shown to be kept`);
    sum.timed += last.count;
    sum.within += above?.count ?? 0;
    sum.withinForGood += below?.count ?? 0;
  }
  return sum;
}

interface Bucket {
  readonly edge: number;
  readonly count: number;
}

/** Buckets in rising order, one list for each set of the other labels. */
function histograms(rows: readonly Row[]): readonly (readonly Bucket[])[] {
  const found = new Map<string, Bucket[]>();
  for (const { labels, value } of rows) {
    const edge = parseNumber(labels.get('le') ?? '');
    if (edge === undefined || Number.isNaN(edge)) continue;
    const key = JSON.stringify([...labels].filter(([name]) => name !== 'le').sort());
    const buckets = found.get(key);
    if (buckets === undefined) found.set(key, [{ edge, count: value }]);
    else buckets.push({ edge, count: value });
  }
  return [...found.values()].map((buckets) => buckets.sort((a, b) => a.edge - b.edge));
}

function memoryShare(rows: Rows, limit: number | undefined, notes: Set<string>): number | null {
  if (limit === undefined) {
    notes.add('no memory limit is declared, so its memory cannot be judged');
    return null;
  }
  const bytes = single(rows, MEMORY, notes);
  return bytes === null ? null : bytes / limit;
}

/** Declared, with or without the `_total` that OpenMetrics leaves out: a process without traffic has no lines yet. */
function declares(names: ReadonlySet<string>, name: string): boolean {
  return names.has(name) || names.has(name.replace(/_total$/, ''));
}

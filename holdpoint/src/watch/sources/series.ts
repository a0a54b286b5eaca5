import type { Exposition, Row } from './exposition.ts';

/** What one replica exposes at one moment. */
export interface SeriesTable {
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  /** Every metric that it is known to keep, with or without a series yet. */
  readonly names: ReadonlySet<string>;
  /** What was passed over, and why. */
  readonly notes: readonly string[];
}

/** Rows by name. The first of two equal series counts: a sum would take each request twice. */
export function tableOf({ rows, names, unreadable }: Exposition): SeriesTable {
  const notes = new Set<string>();
  if (unreadable > 0) notes.add(`${unreadable} lines of its metrics are unreadable`);
  const seen = new Set<string>();
  const table = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    if (seen.has(key)) {
      notes.add(`${row.name} has the same labels twice; the first counts`);
      continue;
    }
    seen.add(key);
    const group = table.get(row.name);
    if (group === undefined) table.set(row.name, [row]);
    else group.push(row);
  }
  return { rows: table, names, notes: [...notes] };
}

/** Declared, with or without the `_total` that OpenMetrics leaves out: a process without traffic has no series yet. */
export function declares({ names }: SeriesTable, name: string): boolean {
  return names.has(name) || names.has(name.replace(/_total$/, ''));
}

/** The same for the same series, in whatever order its labels are. */
function keyOf({ name, labels }: Row): string {
  return `${name}${labelsKey(labels)}`;
}

/** Values are kept apart by what no value holds unescaped in the quotes of JSON. */
export function labelsKey(labels: ReadonlyMap<string, string>, without?: string): string {
  const parts: string[] = [];
  for (const [label, value] of labels) if (label !== without) parts.push(`${label}=${JSON.stringify(value)}`);
  return parts.sort().join();
}

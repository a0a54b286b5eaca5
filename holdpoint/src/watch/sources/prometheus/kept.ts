import type { ReplicaId } from '../../../kernel/ids.ts';
import type { Replica } from '../../../targets/target.ts';
import type { Row } from '../exposition.ts';
import type { TimedSeries, TimedValue } from './client.ts';
import { labelValues } from './selection.ts';

/** Series by name, as one target delivers them. */
export interface Kept {
  readonly groups: ReadonlyMap<string, readonly TimedSeries[]>;
  readonly notes: readonly string[];
}

/** What a server keeps, by the replica that it is of; what carries no such label is of the whole service. */
export interface KeptByReplica {
  readonly of: ReadonlyMap<ReplicaId, Kept>;
  readonly whole: Kept;
}

export function sortOut(
  series: readonly TimedSeries[],
  replicas: readonly Replica[],
  replicaLabel: string,
): KeptByReplica {
  const owners = new Map(
    replicas.flatMap((one) => labelValues(one).map((value) => [value, one.id] as const)),
  );
  const own = new Map<ReplicaId, TimedSeries[]>(replicas.map(({ id }) => [id, []]));
  const whole: TimedSeries[] = [];
  for (const one of series) {
    const label = one.labels.get(replicaLabel);
    const owner = owners.get(label ?? '');
    if (owner !== undefined) own.get(owner)?.push(one);
    else if (label === undefined) whole.push(one);
  }
  return { of: new Map([...own].map(([id, kept]) => [id, keptOf(kept)])), whole: keptOf(whole) };
}

/** Two jobs may scrape one replica: each would count the same requests, so that only one of them is read. */
function keptOf(series: readonly TimedSeries[]): Kept {
  const notes = new Set<string>();
  const byName = new Map<string, Map<string, TimedSeries[]>>();
  for (const one of series) {
    const targets = byName.get(one.name) ?? new Map<string, TimedSeries[]>();
    byName.set(one.name, targets);
    const target = JSON.stringify([one.labels.get('job'), one.labels.get('instance')]);
    const group = targets.get(target);
    if (group === undefined) targets.set(target, [one]);
    else group.push(one);
  }
  const groups = new Map<string, readonly TimedSeries[]>();
  for (const [name, targets] of byName) {
    const [first = '', ...others] = [...targets.keys()].sort();
    if (others.length > 0 && name !== UP)
      notes.add(`${name} comes from ${targets.size} jobs; the first counts`);
    groups.set(name, targets.get(first) ?? []);
  }
  return { groups, notes: [...notes] };
}

/** What the server itself says of each of its scrapes: 1, or 0 when it failed. */
export const UP = 'up';

export interface Moment {
  /** Milliseconds; samples at or before it are too old. */
  readonly after: number;
  readonly until: number;
}

export interface RowsAt {
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  /** When the replica was scraped for them; undefined without any. */
  readonly at: number | undefined;
  /** The server has tried to scrape it since, and failed. */
  readonly down: boolean;
}

/** Samples of one scrape carry one time; targets that tell their own times may be this far apart. */
const SAME_SCRAPE = 500;

/**
 * The newest rows, all of one scrape. A series that was not in it has ended, but its last sample would be found for as
 * long as one looks back: summed with the others it would count what is gone.
 */
export function rowsAt({ groups }: Kept, moment: Moment): RowsAt {
  const rows = new Map<string, readonly Row[]>();
  const times = new Map<string, number>();
  for (const [name, group] of groups) {
    const newest = group.flatMap(({ labels, samples }) => {
      const sample = newestAt(samples, moment);
      return sample === undefined ? [] : [{ labels, sample }];
    });
    if (newest.length === 0) continue;
    const at = newest.reduce((latest, { sample }) => Math.max(latest, sample.at), 0);
    const current = newest.filter(({ sample }) => sample.at >= at - SAME_SCRAPE);
    rows.set(
      name,
      current.map(({ labels, sample }) => ({ name, labels, value: sample.value })),
    );
    times.set(name, at);
  }
  const tried = times.get(UP) ?? Number.NEGATIVE_INFINITY;
  const failed = rows.get(UP)?.every(({ value }) => value === 0) ?? false;
  times.delete(UP);
  rows.delete(UP);
  const at = latest(times);
  return { rows, at, down: failed && tried > (at ?? Number.NEGATIVE_INFINITY) };
}

/** A recorded series is as old as its rule's last evaluation, and says nothing of when the replica was read. */
function latest(times: ReadonlyMap<string, number>): number | undefined {
  const scraped = [...times].filter(([name]) => !name.includes(':'));
  const told = scraped.length > 0 ? scraped : [...times];
  return told.length === 0 ? undefined : Math.max(...told.map(([, at]) => at));
}

function newestAt(samples: readonly TimedValue[], { after, until }: Moment): TimedValue | undefined {
  let [low, high] = [0, samples.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((samples[middle]?.at ?? 0) <= until) low = middle + 1;
    else high = middle;
  }
  const found = samples[low - 1];
  return found !== undefined && found.at > after ? found : undefined;
}

import type { Replica } from '../../../targets/target.ts';
import type { Row } from '../exposition.ts';
import { seriesOf } from '../meaning.ts';
import { askedOf, type Measured } from '../measured.ts';
import type { Telling } from '../measuring.ts';
import { isCounted } from '../past.ts';
import type { Declared } from './declared.ts';
import { type Kept, type KeptByReplica, type Moment, rowsAt } from './kept.ts';
import { labelValues, type Selection } from './selection.ts';

/** What each replica told at a moment, by what the server has kept of it. */
export function tellingsAt(
  measured: Measured & Selection,
  replicas: readonly Replica[],
  { of, whole }: KeptByReplica,
  declared: Declared,
  moment: Moment,
  otherwise: number,
): readonly Telling[] {
  const shared = rowsAt(whole, moment);
  return replicas.map((replica): Telling => {
    const kept: Kept = of.get(replica.id) ?? { groups: new Map(), notes: [] };
    const own = rowsAt(kept, moment);
    const asked = askedOf(measured, replica.service);
    const rows = new Map(own.rows);
    const notes = new Set([...kept.notes, ...whole.notes]);
    for (const name of asked.flatMap((objective) => seriesOf(objective, measured.series))) {
      const found = shared.rows.get(name);
      if (rows.has(name) || found === undefined) continue;
      const reason = keepsFrom(name, measured, replicas);
      if (reason === undefined) rows.set(name, found);
      else notes.add(`${name} has no label ${measured.replicaLabel}: ${reason}`);
    }
    const at = own.at ?? shared.at ?? otherwise;
    if (own.down) return { replica, at, told: { kind: 'no answer', reason: 'Prometheus cannot scrape it' } };
    const silent =
      own.at === undefined &&
      asked.some((one) => !seriesOf(one, measured.series).every((name) => rows.has(name)));
    if (silent) return { replica, at, told: { kind: 'no answer', reason: unknownReason(replica, measured) } };
    return {
      replica,
      at,
      told: { rows, names: namesOf(kept, rows, replica, measured, declared), notes: [...notes] },
    };
  });
}

/** Why a series of the whole service is not this replica's; undefined where it may stand for it. */
function keepsFrom(
  name: string,
  { objectives, series }: Measured,
  replicas: readonly Replica[],
): string | undefined {
  const readers = objectives.filter((one) => seriesOf(one, series).includes(name));
  if (readers.some(({ kind }) => kind !== 'level' && kind !== 'freshness'))
    return 'nothing tells which version counted it';
  // That something happened is as good whoever did it. A level is only the new version's while no other one runs.
  const versions = new Set(replicas.map(({ revision }) => revision.digest));
  if (versions.size <= 1 || readers.every(({ kind }) => kind === 'freshness')) return undefined;
  return 'it is read only while one version runs';
}

function unknownReason(replica: Replica, { replicaLabel }: Selection): string {
  const values = labelValues(replica).join(' or ');
  return `Prometheus has no fresh sample with ${replicaLabel} ${values}`;
}

/** Seen lately, or declared. */
function namesOf(
  { groups }: Kept,
  rows: ReadonlyMap<string, readonly Row[]>,
  replica: Replica,
  measured: Measured,
  declared: Declared,
): ReadonlySet<string> {
  const quiet = countedNames(measured, replica).filter((name) => declared.knows(replica, name));
  return new Set([...groups.keys(), ...rows.keys(), ...quiet]);
}

/** Metrics whose growth is counted, as they are declared. */
function countedNames(measured: Measured, { service }: Replica): readonly string[] {
  return askedOf(measured, service)
    .filter(isCounted)
    .flatMap((one) => (one.kind === 'latency' ? [one.series] : seriesOf(one, measured.series)));
}

/** Counted metrics that a replica should have, is seen without, and is not known to declare. */
export function unknownMetrics(
  measured: Measured,
  replicas: readonly Replica[],
  { of }: KeptByReplica,
  declared: Declared,
): ReadonlySet<string> {
  return new Set(
    replicas.flatMap((replica) => {
      const groups = of.get(replica.id)?.groups;
      if (groups === undefined || groups.size === 0) return [];
      return countedNames(measured, replica).filter(
        (name) => !groups.has(name) && !groups.has(`${name}_bucket`) && !declared.knows(replica, name),
      );
    }),
  );
}

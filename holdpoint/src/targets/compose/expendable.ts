import { sameRevision } from '../rolling/steps.ts';
import type { Revision } from '../target.ts';
import type { ReleaseRecord } from './release.ts';

export interface AgedRecord {
  readonly record: ReleaseRecord;
  /** When it was last planned with, made available or started: milliseconds since the Unix epoch. */
  readonly used: number;
  /** When it last served, for one that ever did. */
  readonly served?: number;
}

/** Releases that served last and stay, whatever their age: the ways back. */
const WAYS_BACK = 10;
/** Milliseconds for which one stays that was used at all: a run may wait long for an approval. */
const LEAST = 14 * 24 * 3_600_000;

export interface Expendable {
  readonly records: readonly ReleaseRecord[];
  /** Tags of our own that no record needs which stays. */
  readonly tags: readonly string[];
}

/** Pure: the releases that nobody can still want to go back to. One that runs now is never among them. */
export function expendable(
  aged: readonly AgedRecord[],
  running: readonly Revision[],
  now: number,
): Expendable {
  const lately = aged
    .filter(({ served }) => served !== undefined)
    .toSorted((a, b) => (b.served ?? 0) - (a.served ?? 0))
    .slice(0, WAYS_BACK);
  const [staying, going] = [[], []] as [ReleaseRecord[], ReleaseRecord[]];
  for (const one of aged) {
    const runs = running.some((revision) => sameRevision(revision, one.record.revision));
    const stays = runs || lately.includes(one) || now - one.used < LEAST;
    (stays ? staying : going).push(one.record);
  }
  const needed = new Set(staying.flatMap(tagsOf));
  return { records: going, tags: [...new Set(going.flatMap(tagsOf))].filter((tag) => !needed.has(tag)) };
}

const tagsOf = ({ services }: ReleaseRecord): readonly string[] =>
  Object.values(services).map(({ image }) => image.kept);

/** One sealed backup, as far as choosing needs it. */
export interface Candidate {
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** Pure: the newest one, and one of the older ones by `random`, a number from 0 up to 1. Newest first. */
export function choose<Known extends Candidate>(
  candidates: readonly Known[],
  random: () => number,
): readonly Known[] {
  const [newest, ...older] = candidates.toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  if (newest === undefined) return [];
  const other = older[Math.min(older.length - 1, Math.floor(random() * older.length))];
  return other === undefined ? [newest] : [newest, other];
}

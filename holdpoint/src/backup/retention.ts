export interface Kept {
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Whether a restored copy of it has passed. */
  readonly verified: boolean;
}

/**
 * The backups that may go, oldest first. The `keep` newest stay, and what is protected, and always the newest verified
 * one: a row of bad copies must not push out the last good one.
 */
export function prune(
  backups: readonly Kept[],
  keep: number,
  protectedIds: readonly string[],
): readonly string[] {
  const newestFirst = [...backups].sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  const staying = new Set([...protectedIds, ...newestFirst.slice(0, Math.max(1, keep)).map(({ id }) => id)]);
  const verified = newestFirst.find((backup) => backup.verified);
  if (verified !== undefined) staying.add(verified.id);
  return newestFirst
    .filter(({ id }) => !staying.has(id))
    .map(({ id }) => id)
    .reverse();
}

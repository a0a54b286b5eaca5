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

/** How many backups stay; of each hour, day, ISO week, month and year the newest, for so many of them that have any. */
export interface RetentionPolicy {
  readonly last: number;
  readonly hourly: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
  readonly yearly: number;
  /** Whose midnight parts the days: `UTC`, `Europe/Vienna`. */
  readonly zone: string;
}

export interface Retained {
  /** Newest first; why each stays. */
  readonly kept: readonly { readonly id: string; readonly reasons: readonly string[] }[];
  /** Oldest first. */
  readonly going: readonly string[];
}

/**
 * Grandfather, father, son. Each rule is applied to all backups and once more to the verified ones alone, so that no
 * number of unverified copies pushes out a verified one. The newest stays, and the newest verified one, and what
 * `needed` names.
 */
export function retained(
  backups: readonly Kept[],
  policy: RetentionPolicy,
  needed: readonly string[],
): Retained {
  const newestFirst = [...backups].sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
  const verified = newestFirst.filter((backup) => backup.verified);
  const reasons = new Map<string, string[]>();
  const keep = (id: string, reason: string): void => {
    reasons.set(id, [...(reasons.get(id) ?? []), reason]);
  };
  for (const { id } of newestFirst.slice(0, 1)) keep(id, 'newest');
  for (const { id } of verified.slice(0, 1)) keep(id, 'newest verified');
  for (const id of needed) keep(id, 'a release needs it');
  const bucketOf = bucketsIn(policy.zone);
  for (const [rule, bucket] of Object.entries(bucketOf)) {
    const count = policy[rule as keyof typeof bucketOf];
    const all = newestOfEach(newestFirst, bucket, count);
    for (const id of all) keep(id, rule);
    for (const id of newestOfEach(verified, bucket, count)) if (!all.has(id)) keep(id, `${rule}, verified`);
  }
  return {
    kept: newestFirst.flatMap(({ id }) => {
      const found = reasons.get(id);
      return found === undefined ? [] : [{ id, reasons: found }];
    }),
    going: newestFirst
      .filter(({ id }) => !reasons.has(id))
      .map(({ id }) => id)
      .reverse(),
  };
}

function newestOfEach(
  newestFirst: readonly Kept[],
  bucket: (backup: Kept) => string,
  count: number,
): ReadonlySet<string> {
  const taken = new Map<string, string>();
  for (const backup of newestFirst) {
    const name = bucket(backup);
    if (!taken.has(name) && taken.size < count) taken.set(name, backup.id);
  }
  return new Set(taken.values());
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What a backup shares with those of the same hour, day and so on. */
function bucketsIn(zone: string) {
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: zone, calendar: 'gregory', numberingSystem: 'latn' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
  });
  const dateOf = ({ at }: Kept) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
    return { year: parts.get('year') ?? '', month: parts.get('month') ?? '', day: parts.get('day') ?? '' };
  };
  return {
    last: ({ id }: Kept) => id,
    // Of the clock's own count: where it is set back, an hour of the wall is there twice.
    hourly: ({ at }: Kept) => String(Math.floor(at / HOUR)),
    daily: (backup: Kept) => Object.values(dateOf(backup)).join('-'),
    weekly: (backup: Kept) => {
      const { year, month, day } = dateOf(backup);
      // Days since a Monday.
      const days = Math.floor(Date.UTC(Number(year), Number(month) - 1, Number(day)) / DAY) + 3;
      return String(Math.floor(days / 7));
    },
    monthly: (backup: Kept) => `${dateOf(backup).year}-${dateOf(backup).month}`,
    yearly: (backup: Kept) => dateOf(backup).year,
  };
}

import { z } from 'zod';
import { formatDuration } from '../../kernel/durations.ts';
import { checkId } from '../../kernel/ids.ts';
import { duration } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { instant, readSettings } from '../settings.ts';
import { inconclusive, judgeFaults, notApplicable } from '../verdicts.ts';
import { looking } from './session.ts';

const ID = checkId('database.credentials');

const Settings = z.strictObject({
  maxAge: duration.default(90 * 86_400_000),
  /** When the password was changed last, as somebody recorded it. */
  rotatedAt: instant.optional(),
});

interface Expected {
  readonly maxAge: number;
  readonly now: number;
}

interface Measured {
  readonly user: string;
  readonly rotatedAt?: number | undefined;
  /** `rolvaliduntil` in milliseconds since the epoch; null when the password never expires. */
  readonly validUntil: number | null;
}

/**
 * A recorded rotation counts by its age. Without a record, an expiry that is nearer than the longest age bounds the
 * password's life just as well.
 */
export function judgeCredentials({ maxAge, now }: Expected, measured: Measured): Evidence {
  const { user, rotatedAt, validUntil } = measured;
  const limit = formatDuration(maxAge);
  const parts = {
    expected: `rotated within ${limit}`,
    next: `Change the password of ${user} and record the day.`,
  };
  if (validUntil !== null && validUntil <= now) {
    return judgeFaults([`the password of ${user} has expired`], '', parts);
  }
  if (rotatedAt !== undefined) {
    if (rotatedAt > now) return judgeFaults(['the recorded rotation lies in the future'], '', parts);
    const age = formatDuration(now - rotatedAt);
    const old = now - rotatedAt > maxAge ? [`the password of ${user} was rotated ${age} ago`] : [];
    return judgeFaults(old, `${user}: rotated ${age} ago, allowed are ${limit}`, { ...parts, measured: age });
  }
  if (validUntil === null) {
    return inconclusive(
      `no rotation of ${user}'s password is recorded, and it never expires`,
      "Record the day under 'rotatedAt' in the check's settings, or set VALID UNTIL on the role.",
    );
  }
  const left = formatDuration(validUntil - now);
  const late = validUntil - now > maxAge ? [`the password of ${user} stays valid for ${left}`] : [];
  return judgeFaults(late, `${user}: valid for ${left} more, allowed are ${limit}`, {
    ...parts,
    measured: left,
  });
}

const EXPIRY = `select rolname::text as user,
  case when rolvaliduntil = 'infinity' then null else extract(epoch from rolvaliduntil)::float8 * 1000 end
    as until
  from pg_roles where rolname = current_user`;

export const credentials: Check = {
  id: ID,
  timeLimit: 20_000,
  run: async (subject, probe) => {
    const { maxAge, rotatedAt } = readSettings(subject, ID, Settings);
    if (subject.databaseUrl === undefined) return notApplicable('no database is declared');
    const [role] = await looking(subject, probe, (session) =>
      session.query<{ user: string; until: number | null }>(EXPIRY),
    );
    return judgeCredentials(
      { maxAge, now: probe.clock.now() },
      { user: role?.user ?? '?', rotatedAt, validUntil: role?.until ?? null },
    );
  },
};

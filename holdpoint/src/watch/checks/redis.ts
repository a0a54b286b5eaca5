import { z } from 'zod';
import type { Check } from '../../checks/check.ts';
import { readSettings } from '../../checks/settings.ts';
import { inconclusive, judgeFaults, notApplicable } from '../../checks/verdicts.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import { formatBytes, formatShare } from '../../kernel/quantities.ts';
import { share } from '../../kernel/settings.ts';
import { askAsUser, parseInfo } from '../../system/redis.ts';

const ID = checkId('watch.redis');

const Settings = z.strictObject({
  /** The share of `maxmemory` that may be in use. */
  max: share.default(0.8),
  /** Keys that Redis may have evicted since it started. */
  evicted: z.coerce.number().int().nonnegative().default(0),
});

/** watch.redis: Redis is below a share of its memory limit, and has evicted no more keys than it may. */
export const redis: Check = {
  id: ID,
  timeLimit: 10_000,
  run: async (subject, { signal }) => {
    const { max, evicted: allowed } = readSettings(subject, ID, Settings);
    if (subject.redisUrl === undefined) return notApplicable('no Redis is declared');
    const info = await informationOf(subject.redisUrl, signal);
    const [used, limit, evicted] = ['used_memory', 'maxmemory', 'evicted_keys'].map((name) =>
      Number(info[name] ?? Number.NaN),
    ) as [number, number, number];
    if (!Number.isFinite(used + limit + evicted))
      return inconclusive('Redis tells no memory and no evictions', 'Let its user run INFO, and ask again.');
    const keys = `${evicted} keys evicted`;
    if (limit === 0 && evicted <= allowed)
      return inconclusive(
        `Redis uses ${formatBytes(used)} and has no maxmemory to be held against; ${keys}`,
        'Set maxmemory in redis.conf, and ask again.',
      );
    const part = limit === 0 ? 0 : used / limit;
    const memory = `${formatBytes(used)} of ${limit === 0 ? 'no maxmemory' : formatBytes(limit)}`;
    const measured = `${memory} in use, ${formatShare(part)}; ${keys}`;
    const faults = [
      ...(part > max ? [`${memory} in use, more than ${formatShare(max)}`] : []),
      ...(evicted > allowed ? [`${keys} since Redis started, allowed are ${allowed}`] : []),
    ];
    return judgeFaults(faults, measured, {
      expected: `at most ${formatShare(max)} of maxmemory, at most ${allowed} keys evicted`,
      measured,
      next: 'Look which keys grow; give them a time to live, or raise maxmemory.',
    });
  },
};

async function informationOf(
  address: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const url = URL.parse(address);
  if (url === null) throw new HoldpointError('configuration', 'the address of Redis is no URL');
  const replies = await askAsUser(url, [['INFO']], signal);
  return parseInfo(replies.at(-1)?.text ?? '');
}

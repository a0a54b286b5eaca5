import { z } from 'zod';
import type { Check } from '../../checks/check.ts';
import { readSettings } from '../../checks/settings.ts';
import { inconclusive, judgeFaults, notApplicable } from '../../checks/verdicts.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import { formatBytes, formatShare } from '../../kernel/quantities.ts';
import { share } from '../../kernel/settings.ts';
import { askRedis } from '../../system/redis.ts';

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
      Number(info.get(name) ?? Number.NaN),
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

async function informationOf(address: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
  const url = URL.parse(address);
  if (url === null) throw new HoldpointError('configuration', 'the address of Redis is no URL');
  const words = [url.username, url.password].filter((word) => word !== '').map(decodeURIComponent);
  const login = url.password === '' ? [] : [['AUTH', ...words]];
  const replies = await askRedis(url, [...login, ['INFO']], signal);
  const refusal = replies.find(({ kind }) => kind === 'refusal');
  if (refusal !== undefined) {
    throw new HoldpointError('unreachable', `Redis refuses us: ${refusal.text}`, {
      next: 'Put the right user and password into the address of Redis.',
    });
  }
  const lines = (replies.at(-1)?.text ?? '').split('\r\n').map((line) => line.split(':', 2));
  return new Map(lines.flatMap(([name, value]) => (name && value !== undefined ? [[name, value]] : [])));
}

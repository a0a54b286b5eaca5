import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import { formatBytes } from '../../kernel/quantities.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { askAsUser, askRedis, parseInfo } from '../../system/redis.ts';
import type { Check, Probe } from '../check.ts';
import { readSettings } from '../settings.ts';
import { judgeFaults, notApplicable } from '../verdicts.ts';

const ID = checkId('configuration.redis');

const Settings = z.strictObject({
  authentication: z.boolean().default(true),
  /** A memory limit with a policy for what happens at it. */
  maxmemory: z.boolean().default(true),
  persistence: z.enum(['aof', 'rdb', 'none']).optional(),
});
type Expected = z.output<typeof Settings>;

interface Measured {
  readonly answeredWithoutPassword: boolean;
  /** Fields of `INFO`. */
  readonly info: Readonly<Record<string, string>>;
}

function judgeRedis(expected: Expected, { answeredWithoutPassword, info }: Measured): Evidence {
  const limit = Number(info['maxmemory'] ?? 0);
  const policy = info['maxmemory_policy'] ?? '?';
  const aof = info['aof_enabled'] === '1';
  const persistence = aof ? 'aof' : Number(info['rdb_last_save_time'] ?? 0) > 0 ? 'rdb' : 'none';
  const faults = [
    ...(expected.authentication && answeredWithoutPassword ? ['Redis answers without a password'] : []),
    ...(expected.maxmemory && limit === 0 ? ['Redis has no maxmemory'] : []),
    ...(expected.persistence !== undefined && (expected.persistence === 'aof') !== aof
      ? [`the append-only file is ${aof ? 'on' : 'off'}, declared is '${expected.persistence}'`]
      : []),
  ];
  const memory = limit === 0 ? 'no maxmemory' : `${formatBytes(limit)}, ${policy}`;
  const measured = `Redis ${info['redis_version'] ?? '?'}: PONG, ${memory}, persistence ${persistence}`;
  return judgeFaults(faults, measured, {
    measured,
    next: 'Set requirepass, maxmemory with maxmemory-policy and the persistence in redis.conf.',
  });
}

async function measure(url: URL, signal: Probe['signal']): Promise<Measured> {
  const [anonymous] = await askRedis(url, [['PING']], signal);
  const replies = await askAsUser(url, [['PING'], ['INFO']], signal);
  return {
    answeredWithoutPassword: anonymous?.kind === 'text',
    info: parseInfo(replies.at(-1)?.text ?? ''),
  };
}

export const redis: Check = {
  id: ID,
  timeLimit: 10_000,
  run: async (subject, probe) => {
    const expected = readSettings(subject, ID, Settings);
    if (subject.redisUrl === undefined) return notApplicable('no Redis is declared');
    return judgeRedis(expected, await measure(new URL(subject.redisUrl), probe.signal));
  },
};

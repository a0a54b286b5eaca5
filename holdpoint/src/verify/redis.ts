import type { Check, Probe } from '../checks/check.ts';
import { readSettings } from '../checks/settings.ts';
import { inconclusive, judgeFaults, notApplicable } from '../checks/verdicts.ts';
import { explain, HoldpointError } from '../kernel/errors.ts';
import { checkId } from '../kernel/ids.ts';
import { noAnswer } from '../system/no-answer.ts';
import { askRedis, loginOf } from '../system/redis.ts';
import type { VerifyParts } from './parts.ts';
import { askReports, reportSettings } from './reported.ts';

const ID = checkId('verify.redis');

/** verify.redis: Redis answers a PING, and the services report a connection of their own. */
export function redisCheck(parts: VerifyParts): Check {
  return {
    id: ID,
    timeLimit: 30_000,
    run: async (subject, probe) => {
      const settings = readSettings(subject, ID, reportSettings);
      if (subject.redisUrl === undefined) return notApplicable('no Redis is declared');
      const refused = await refusal(subject.redisUrl, probe);
      const { count, faults } = await askReports(parts, subject, settings, probe);
      if (settings.report !== undefined && count === 0) {
        return inconclusive(
          `no running service reports '${settings.report}'`,
          'Correct `report` or `services`.',
        );
      }
      const services = count === 0 ? '' : `, and ${count} replicas report a working connection`;
      return judgeFaults(
        [...(refused === undefined ? [] : [refused]), ...faults],
        `Redis answers${services}`,
        {
          next: 'Check that Redis runs, its password, and the address that the services use.',
        },
      );
    },
  };
}

async function refusal(redisUrl: string, probe: Probe): Promise<string | undefined> {
  const url = URL.parse(redisUrl);
  if (url === null) throw new HoldpointError('configuration', 'the address of Redis is no URL');
  try {
    const replies = await askRedis(url, [...loginOf(url), ['PING']], probe.signal);
    const refused = replies.find(({ kind }) => kind === 'refusal') ?? replies.at(-1);
    return refused?.kind === 'text' && refused.text === 'PONG'
      ? undefined
      : `Redis refuses: ${refused?.text}`;
  } catch (error) {
    probe.signal.throwIfAborted();
    if (noAnswer(error) === undefined) throw error;
    return explain(error);
  }
}

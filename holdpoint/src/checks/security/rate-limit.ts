import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { publicUrl } from '../addresses.ts';
import type { Check, Probe } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';

const ID = checkId('security.rate-limit');

const MOST = 1_000;

const Settings = z.strictObject({
  /** Where a request costs little and changes nothing. */
  path: z.string().startsWith('/').optional(),
  method: z.enum(['GET', 'HEAD', 'OPTIONS']).default('GET'),
  headers: z.record(z.string(), z.string()).default({}),
  /** Requests that must all be answered otherwise than 429. */
  below: z.coerce.number().int().nonnegative().max(MOST).default(5),
  /** Requests, at most, after which the limit must have shown itself. */
  burst: z.coerce.number().int().positive().max(MOST).default(200),
});

interface Measured {
  /** How many requests were sent in all. */
  readonly sent: number;
  /** Which request, counted from 1, was the first to be refused; undefined when none was. */
  readonly firstRefused: number | undefined;
  readonly retryAfter: string | undefined;
}

export function judgeRateLimit(
  expected: { readonly path: string; readonly below: number },
  { sent, firstRefused, retryAfter }: Measured,
): Evidence {
  const next = 'Set the limit at the edge or in the service, and send Retry-After with every 429.';
  if (firstRefused === undefined) {
    return judgeFaults([`none of ${sent} requests to ${expected.path} was refused`], '', { next });
  }
  const faults = [
    ...(firstRefused <= expected.below ? [`request ${firstRefused} was refused, below the limit`] : []),
    ...(/^\d+$|^\w{3}, .*GMT$/.test(retryAfter ?? '') ? [] : ['429 came without Retry-After']),
  ];
  return judgeFaults(faults, `request ${firstRefused} got 429 with Retry-After ${retryAfter}, none before`, {
    expected: `none of the first ${expected.below}, then 429 with Retry-After`,
    measured: `429 at request ${firstRefused} of ${sent}`,
    next,
  });
}

/** One after the other, so that the burst ends with the first refusal and costs the system as little as may be. */
async function measure(
  url: string,
  settings: Pick<z.output<typeof Settings>, 'method' | 'headers' | 'burst'>,
  probe: Probe,
): Promise<Measured> {
  const { method, headers, burst } = settings;
  for (let sent = 1; sent <= burst; sent += 1) {
    const answer = await probe.http({ url, method, headers, timeout: 5_000, signal: probe.signal });
    if (answer.status === 429) return { sent, firstRefused: sent, retryAfter: answer.headers['retry-after'] };
    if (answer.status >= 500) {
      throw new HoldpointError('unreachable', `${method} ${url} answers ${answer.status}`, {
        next: "Name a 'path' that answers while nothing is wrong.",
      });
    }
  }
  return { sent: burst, firstRefused: undefined, retryAfter: undefined };
}

export const rateLimit: Check = {
  id: ID,
  timeLimit: 60_000,
  run: async (subject, probe) => {
    const { path, below, ...settings } = readSettings(subject, ID, Settings);
    const url = publicUrl(subject);
    if (url === undefined) return inconclusive('no public address is declared', "Write it under 'url'.");
    if (path === undefined) return inconclusive('no path with a limit is named', "Write it under 'path'.");
    return judgeRateLimit({ path, below }, await measure(new URL(path, url).href, settings, probe));
  },
};

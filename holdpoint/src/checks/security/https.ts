import type { SecureVersion } from 'node:tls';
import { z } from 'zod';
import { formatDuration } from '../../kernel/durations.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import { duration } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { publicUrl } from '../addresses.ts';
import type { Check, Probe } from '../check.ts';
import { handshake, headersOverTls } from '../handshake.ts';
import { judgePlainHttp } from '../plain-http.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';

const ID = checkId('security.https');

const Settings = z.strictObject({
  /** The plain address that must lead to the secure one; port 80 of the same host unless named. */
  http: z.url().optional(),
  /** The least time for which browsers are told to use TLS only. */
  min: duration.default(180 * 86_400_000),
});

interface Measured {
  readonly redirect: { readonly status: number; readonly location: string } | 'closed';
  /** The oldest protocols that the server still accepts. */
  readonly old: readonly string[];
  readonly hsts: string | undefined;
}

export function judgeHttps(
  expected: { readonly min: number; readonly host: string },
  measured: Measured,
): Evidence {
  const { redirect, old, hsts } = measured;
  const seconds = Number(/(?:^|;)\s*max-age\s*=\s*"?(\d+)/i.exec(hsts ?? '')?.[1] ?? Number.NaN);
  const leads = redirect === 'closed' || leadsToTls(redirect, expected.host);
  const faults = [
    ...(leads
      ? []
      : [`plain HTTP answers ${redirect.status}${redirect.location && ` to ${redirect.location}`}`]),
    ...old.map((protocol) => `${protocol} is accepted`),
    ...(hsts === undefined ? ['there is no Strict-Transport-Security'] : []),
    ...(hsts !== undefined && !(seconds * 1_000 >= expected.min) ? [`HSTS says '${hsts}'`] : []),
  ];
  const plain = redirect === 'closed' ? 'plain HTTP closed' : `plain HTTP redirects (${redirect.status})`;
  return judgeFaults(faults, `${plain}, TLS 1.2 or newer only, HSTS ${formatDuration(seconds * 1_000)}`, {
    next: 'Let the edge redirect to https, offer TLS 1.2 and 1.3 only, and send HSTS.',
  });
}

function leadsToTls(redirect: { readonly status: number; readonly location: string }, host: string): boolean {
  const to = URL.parse(redirect.location);
  return (
    [301, 302, 303, 307, 308].includes(redirect.status) && to?.protocol === 'https:' && to.hostname === host
  );
}

async function askPlain(url: string, probe: Probe): Promise<Measured['redirect']> {
  try {
    const { status, headers } = await probe.http({ url, timeout: 5_000, signal: probe.signal });
    return { status, location: headers['location'] ?? '' };
  } catch (error) {
    if (error instanceof HoldpointError && error.code === 'unreachable') return 'closed';
    throw error;
  }
}

async function accepts(url: URL, newest: SecureVersion, signal: AbortSignal): Promise<boolean> {
  try {
    await handshake(url, { signal, newest });
    return true;
  } catch (error) {
    if (error instanceof HoldpointError && error.code === 'command-failed') return false;
    throw error;
  }
}

export const https: Check = {
  id: ID,
  timeLimit: 20_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    const url = publicUrl(subject);
    if (url === undefined) return inconclusive('no public address is declared', "Write it under 'url'.");
    const plain = judgePlainHttp(url);
    if (plain !== undefined) return plain;
    const { signal } = probe;
    // Asked first: without any answer over TLS, a refused old version would prove nothing.
    const headers = await headersOverTls(url, { signal });
    const redirect = await askPlain(settings.http ?? `http://${url.hostname}/`, probe);
    const old = (await accepts(url, 'TLSv1.1', signal)) ? ['TLS 1.1 or older'] : [];
    return judgeHttps(
      { min: settings.min, host: url.hostname },
      { redirect, old, hsts: headers['strict-transport-security'] },
    );
  },
};

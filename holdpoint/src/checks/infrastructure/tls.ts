import { z } from 'zod';
import { formatDuration } from '../../kernel/durations.ts';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import { duration } from '../../kernel/settings.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { readTextIfAny } from '../../system/files.ts';
import { publicUrl } from '../addresses.ts';
import type { Check } from '../check.ts';
import { type Handshake, handshake } from '../handshake.ts';
import { judgePlainHttp } from '../plain-http.ts';
import { pathOf, readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';

const ID = checkId('infrastructure.tls');

const Settings = z.strictObject({
  /** How long the certificate must still be valid. */
  min: duration.default(21 * 86_400_000),
  /** A PEM file with the authority that signed the certificate, where it is not a public one. */
  ca: z.string().optional(),
});

export function judgeTls(
  expected: { readonly min: number; readonly now: number; readonly host: string },
  measured: Handshake,
): Evidence {
  const left = measured.validUntil - expected.now;
  const faults = [
    ...(measured.complaint === undefined ? [] : [`the certificate does not hold: ${measured.complaint}`]),
    ...(left <= expected.min
      ? [`the certificate is valid for ${left <= 0 ? '0' : formatDuration(left)} more`]
      : []),
  ];
  const text = `${expected.host}: ${measured.protocol}, ${measured.subject}, ${formatDuration(left)} left`;
  return judgeFaults(faults, text, {
    expected: `a whole chain for ${expected.host}, more than ${formatDuration(expected.min)} left`,
    measured: text,
    next: 'Renew the certificate, or send the whole chain.',
  });
}

export const tls: Check = {
  id: ID,
  timeLimit: 15_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    const url = publicUrl(subject);
    if (url === undefined) return inconclusive('no public address is declared', "Write it under 'url'.");
    const plain = judgePlainHttp(url);
    if (plain !== undefined) return plain;
    const ca = settings.ca === undefined ? undefined : await readTextIfAny(pathOf(subject, settings.ca));
    if (settings.ca !== undefined && ca === undefined) {
      throw new HoldpointError('configuration', `there is no certificate ${settings.ca}`);
    }
    const measured = await handshake(url, { signal: probe.signal, ca });
    return judgeTls({ min: settings.min, now: probe.clock.now(), host: url.hostname }, measured);
  },
};

import { z } from 'zod';
import type { Probe, Subject } from '../checks/check.ts';
import { duration } from '../kernel/settings.ts';
import type { Replica } from '../targets/target.ts';
import { ask } from './ask.ts';
import { valueAt } from './json-path.ts';
import { addressOf, publicAddress } from './parts.ts';

export const versionSettings = {
  /** Asked at the public address; by default the version path of the first routed service that has one. */
  path: z.string().startsWith('/').optional(),
  /** A header that carries the version, instead of `version` in the JSON body. */
  header: z.string().toLowerCase().optional(),
  /** How long old answers are waited out. */
  within: duration.default(30_000),
  interval: duration.default(500),
};

export interface VersionSettings {
  readonly path?: string | undefined;
  readonly header?: string | undefined;
  readonly within: number;
  readonly interval: number;
}

export interface Answers {
  /** How many answers each version gave in the last round; what is no version stands as what it was. */
  readonly counts: ReadonlyMap<string, number>;
  readonly rounds: number;
  readonly asked: number;
}

/**
 * Asks every replica once, and the public address four times as often as there are replicas, which version answers;
 * again until only `version` does or the time is over. An edge that still sends traffic to the old version is not
 * seen by looking at the replicas alone. No address to ask yields no answers.
 */
export async function askVersions(
  subject: Subject,
  replicas: readonly Replica[],
  settings: VersionSettings,
  probe: Probe,
): Promise<Answers> {
  const addresses = addressesOf(subject, replicas, settings);
  const begun = probe.clock.now();
  for (let rounds = 1; ; rounds += 1) {
    const counts = new Map<string, number>();
    // One after the other, so that a balancer that goes round meets each of its upstreams.
    for (const address of addresses) {
      const version = await versionAt(address, settings.header, probe);
      counts.set(version, (counts.get(version) ?? 0) + 1);
    }
    const alone = counts.size === 1 && counts.has(subject.version);
    const late = probe.clock.now() - begun + settings.interval > settings.within;
    if (alone || late || addresses.length === 0) return { counts, rounds, asked: addresses.length };
    await probe.clock.wait(settings.interval, probe.signal);
  }
}

function addressesOf(
  subject: Subject,
  replicas: readonly Replica[],
  settings: VersionSettings,
): readonly string[] {
  const paths = new Map(subject.services.map(({ name, paths: { version } }) => [name, version]));
  const own = replicas.flatMap((replica) => {
    const path = paths.get(replica.service);
    return path === undefined || replica.address === undefined ? [] : [addressOf(replica, path)];
  });
  const routed = replicas.filter(({ routed, service }) => routed && paths.get(service) !== undefined);
  const path = settings.path ?? paths.get(routed[0]?.service ?? '');
  if (subject.url === undefined || path === undefined) return own;
  const times = 4 * Math.max(1, routed.length);
  return [...own, ...Array.from({ length: times }, () => publicAddress(subject, path))];
}

async function versionAt(address: string, header: string | undefined, probe: Probe): Promise<string> {
  const answer = await ask(address, probe);
  if ('silence' in answer) return answer.silence;
  const { headers, body, status } = answer.response;
  const version = header === undefined ? valueAt(body, 'version') : headers[header];
  return typeof version === 'string' ? version : `an answer (${status}) without a version`;
}

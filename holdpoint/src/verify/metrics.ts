import { z } from 'zod';
import type { Check, Probe } from '../checks/check.ts';
import { hasSeries, seriesNames } from '../checks/series.ts';
import { readSettings } from '../checks/settings.ts';
import { inconclusive, judgeFaults } from '../checks/verdicts.ts';
import { checkId } from '../kernel/ids.ts';
import { duration } from '../kernel/settings.ts';
import { ask } from './ask.ts';
import { addressOf, runningReplicas, type VerifyParts } from './parts.ts';

const ID = checkId('verify.metrics');

const metricsSettings = z.strictObject({
  /** Series that every replica with a metrics path must have, or by the service's name. */
  series: z.union([z.array(z.string()), z.record(z.string(), z.array(z.string()))]).default([]),
  /** How long a replica has to show that its numbers move. */
  within: duration.default(10_000),
});

/** verify.metrics: each replica hands out the wanted series, and its numbers move: a page that stands still measures nothing. */
export function metricsCheck(parts: VerifyParts): Check {
  return {
    id: ID,
    timeLimit: 60_000,
    run: async (subject, probe) => {
      const { series, within } = readSettings(subject, ID, metricsSettings);
      const paths = new Map(subject.services.map(({ name, paths: { metrics } }) => [name, metrics]));
      const running = await runningReplicas(parts, subject, probe);
      const asked = running.flatMap((replica) => {
        const path = paths.get(replica.service);
        if (path === undefined) return [];
        const wanted = Array.isArray(series) ? series : (series[replica.service] ?? []);
        return [faultsOf(replica.id, addressOf(replica, path), wanted, within, probe)];
      });
      const faults = await Promise.all(asked);
      if (faults.length === 0) {
        return inconclusive(
          'no running replica has a metrics path',
          'Declare the metrics path of the services.',
        );
      }
      return judgeFaults(faults.flat(), `${faults.length} of ${faults.length} replicas are measured`, {
        next: 'Look whether the replica answers its metrics path, and by which names.',
      });
    },
  };
}

async function faultsOf(
  replica: string,
  url: string,
  wanted: readonly string[],
  within: number,
  probe: Probe,
): Promise<readonly string[]> {
  const first = await samples(url, probe);
  if ('fault' in first) return [`${replica}: ${first.fault}`];
  const names = seriesNames(first.text);
  const missing = wanted
    .filter((name) => !hasSeries(names, name))
    .map((name) => `${replica} has no series ${name}`);
  if (names.size === 0) return [`${replica} hands out no series`];
  return (await moves(first.text, url, within, probe))
    ? missing
    : [...missing, `${replica} hands out the same numbers again and again`];
}

async function moves(first: string, url: string, within: number, probe: Probe): Promise<boolean> {
  const begun = probe.clock.now();
  for (;;) {
    await probe.clock.wait(100, probe.signal);
    const again = await samples(url, probe);
    if ('text' in again && again.text !== first) return true;
    if (probe.clock.now() - begun > within) return false;
  }
}

async function samples(
  url: string,
  probe: Probe,
): Promise<{ readonly text: string } | { readonly fault: string }> {
  const answer = await ask(url, probe);
  if ('silence' in answer) return { fault: answer.silence };
  const { status, body } = answer.response;
  return status === 200 ? { text: body } : { fault: `answers ${status}` };
}

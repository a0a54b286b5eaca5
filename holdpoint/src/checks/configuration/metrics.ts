import { z } from 'zod';
import { explain } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check, Probe } from '../check.ts';
import { hasSeries, seriesNames } from '../series.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';

const ID = checkId('configuration.metrics');

const Settings = z.strictObject({
  /** Wanted of every service with a metrics path, or by the service's name. */
  series: z.union([z.array(z.string()), z.record(z.string(), z.array(z.string()))]).default([]),
  services: z.array(z.string()).optional(),
});

interface Answer {
  readonly replica: string;
  readonly wanted: readonly string[];
  /** An HTTP status, or why there was none. */
  readonly status: number | string;
  readonly names: ReadonlySet<string>;
}

function judgeMetrics(answers: readonly Answer[]): Evidence {
  if (answers.length === 0) {
    return inconclusive('no replica with a metrics path is running', 'Start the system and check again.');
  }
  const faults = answers.flatMap(({ replica, wanted, status, names }) => {
    if (status !== 200) return [`${replica} answers ${status}`];
    if (names.size === 0) return [`${replica} hands out no series`];
    return wanted.filter((name) => !hasSeries(names, name)).map((name) => `${replica} has no series ${name}`);
  });
  const least = Math.min(...answers.map(({ names }) => names.size));
  return judgeFaults(
    faults,
    `${answers.length} of ${answers.length} replicas answer, ${least} series or more`,
    {
      next: 'Let every replica hand out the series that the objectives are computed from.',
    },
  );
}

async function ask(url: string, probe: Probe): Promise<Pick<Answer, 'status' | 'names'>> {
  try {
    const { status, body } = await probe.http({ url, timeout: 5_000, signal: probe.signal });
    return { status, names: seriesNames(status === 200 ? body : '') };
  } catch (error) {
    probe.signal.throwIfAborted();
    // Whether the endpoint answers is what this check asks, so that silence is the release's fault.
    return { status: `nothing: ${explain(error)}`, names: new Set() };
  }
}

export const metrics: Check = {
  id: ID,
  timeLimit: 15_000,
  run: async (subject, probe) => {
    const { series, services } = readSettings(subject, ID, Settings);
    const wantedOf = (service: string): readonly string[] =>
      Array.isArray(series) ? series : (series[service] ?? []);
    const chosen = subject.services.filter(
      ({ name, paths }) => paths.metrics !== undefined && (services?.includes(name) ?? true),
    );
    const asked = chosen.flatMap(({ name, paths }) =>
      subject.world.replicas
        .filter((replica) => replica.service === name && replica.state === 'ready')
        .map(async ({ id, address }) => ({
          replica: id,
          wanted: wantedOf(name),
          ...(address === undefined
            ? { status: 'nothing: it has no address', names: new Set<string>() }
            : await ask(`http://${address}${paths.metrics ?? ''}`, probe)),
        })),
    );
    return judgeMetrics(await Promise.all(asked));
  },
};

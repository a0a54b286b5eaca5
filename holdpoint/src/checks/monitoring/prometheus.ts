import { z } from 'zod';
import { HoldpointError } from '../../kernel/errors.ts';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { readSettings } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';

const ID = checkId('monitoring.prometheus');

const Settings = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).optional(),
  /** Names that a target must carry as its job or service; every service with metrics unless named. */
  services: z.array(z.string()).optional(),
});

const Targets = z.object({
  data: z.object({
    activeTargets: z.array(
      z.object({
        labels: z.record(z.string(), z.string()),
        health: z.string(),
        lastError: z.string().default(''),
        scrapeUrl: z.string().default(''),
      }),
    ),
  }),
});
type ScrapeTarget = z.output<typeof Targets>['data']['activeTargets'][number];

function judgePrometheus(
  services: readonly string[],
  measured: { readonly ready: boolean; readonly targets: readonly ScrapeTarget[] },
): Evidence {
  const next = 'Start Prometheus, and mend its scrape configuration or what it cannot reach.';
  if (!measured.ready) return judgeFaults(['Prometheus is not ready'], '', { next });
  const names = (target: ScrapeTarget): readonly (string | undefined)[] => [
    target.labels['job'],
    target.labels['service'],
  ];
  const up = measured.targets.filter(({ health }) => health === 'up');
  const faults = services.flatMap((service) => {
    const own = measured.targets.filter((target) => names(target).includes(service));
    if (own.length === 0) return [`no target of ${service} is scraped`];
    return own
      .filter(({ health }) => health !== 'up')
      .map(({ scrapeUrl, health, lastError }) => `${service} at ${scrapeUrl} is ${health}: ${lastError}`);
  });
  if (faults.length === 0 && up.length === 0) {
    return inconclusive('Prometheus is ready and scrapes nothing', 'Give it targets, and check again.');
  }
  return judgeFaults(faults, `ready; ${up.length} of ${measured.targets.length} targets are up`, {
    expected: `a target that is up for ${services.join(', ')}`,
    next,
  });
}

export const prometheus: Check = {
  id: ID,
  timeLimit: 15_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    if (settings.url === undefined) {
      return inconclusive('no Prometheus is named', "Write its address under 'url' in the check's settings.");
    }
    const base = settings.url.replace(/\/$/, '');
    const ask = (path: string) => probe.http({ url: `${base}${path}`, timeout: 5_000, signal: probe.signal });
    const ready = (await ask('/-/ready')).status === 200;
    const answer = ready ? await ask('/api/v1/targets?state=active') : undefined;
    const targets = Targets.safeParse(JSON.parse(answer?.status === 200 ? answer.body : 'null'));
    if (ready && !targets.success) {
      throw new HoldpointError('unreachable', `${base} does not tell its targets (${answer?.status})`, {
        next: 'Let this machine ask /api/v1/targets of Prometheus.',
      });
    }
    const services =
      settings.services ??
      subject.services.filter(({ paths }) => paths.metrics !== undefined).map(({ name }) => name);
    return judgePrometheus(services, { ready, targets: targets.data?.data.activeTargets ?? [] });
  },
};

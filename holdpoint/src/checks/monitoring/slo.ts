import { z } from 'zod';
import { checkId } from '../../kernel/ids.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import type { Check } from '../check.ts';
import { hasSeries, type ReplicaSeries, readSeries } from '../series.ts';
import { readSettings, words } from '../settings.ts';
import { inconclusive, judgeFaults } from '../verdicts.ts';

const ID = checkId('monitoring.slo');

const limit = z.union([z.number(), z.string(), z.looseObject({ limit: z.union([z.number(), z.string()]) })]);
const Settings = z.strictObject({
  /** As in `watch.limits`: a number by the objective's name. */
  limits: z.record(z.string(), limit).default({}),
  /** The series that an objective is computed from, by its name, or by the names that `watch.series` uses. */
  series: z.record(z.string(), words).default({}),
  services: z.array(z.string()).optional(),
});

export interface Objective {
  readonly name: string;
  readonly limit: string;
  readonly series: readonly string[];
}

/** What `watch` calls the series of its objectives, and what they are called when it does not say. */
const USUAL: Readonly<Record<string, readonly [alias: string, series: string]>> = {
  errors: ['requests', 'http_requests_total'],
  latency: ['duration', 'http_request_duration_seconds'],
  cpu: ['cpu', 'process_cpu_seconds_total'],
  memory: ['memory', 'process_resident_memory_bytes'],
};

export function objectivesOf({
  limits,
  series,
}: Pick<z.output<typeof Settings>, 'limits' | 'series'>): readonly Objective[] {
  return Object.entries(limits).map(([name, value]) => {
    const [alias, usual] = USUAL[name] ?? [];
    const own = series[name] ?? (alias === undefined ? undefined : series[alias]);
    return {
      name,
      limit: String(typeof value === 'object' ? value.limit : value),
      series: own ?? (usual === undefined ? [] : [usual]),
    };
  });
}

function judgeSlo(objectives: readonly Objective[], replicas: readonly ReplicaSeries[]): Evidence {
  if (objectives.length === 0) return inconclusive('no objective is declared', "Declare 'watch.limits'.");
  if (replicas.length === 0)
    return inconclusive('no replica with metrics is running', 'Start the system first.');
  const faults = objectives.flatMap(({ name, limit: number, series }) => [
    ...(/\d/.test(number) ? [] : [`the objective '${name}' has no number`]),
    ...(series.length === 0 ? [`the objective '${name}' names no series`] : []),
    ...series.flatMap((one) =>
      replicas
        .filter(({ names }) => !hasSeries(names, one))
        .map(({ replica }) => `${replica} has no series ${one}, which '${name}' needs`),
    ),
  ]);
  const told = objectives.map(({ name, limit: number }) => `${name} ${number}`).join(', ');
  return judgeFaults(
    faults,
    `${told}: every series is on ${replicas.length} of ${replicas.length} replicas`,
    {
      next: 'Declare each objective with a number, and let the services count what it needs.',
    },
  );
}

export const slo: Check = {
  id: ID,
  timeLimit: 15_000,
  run: async (subject, probe) => {
    const settings = readSettings(subject, ID, Settings);
    const objectives = objectivesOf(settings);
    if (objectives.length === 0) return judgeSlo([], []);
    return judgeSlo(objectives, await readSeries(subject, probe, settings.services));
  },
};

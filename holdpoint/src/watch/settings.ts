import { z } from 'zod';
import { explain } from '../kernel/errors.ts';
import { duration, share } from '../kernel/settings.ts';
import type { Objective } from './objective.ts';
import { parseSelector } from './sources/selector.ts';
import { accessLogSettings, sourceSettings } from './sources/settings.ts';

const chance = share.refine((value) => value > 0 && value < 1, 'must lie between 0 % and 100 %');
const optional = z.union([z.literal('off'), chance]);
const seriesName = z.string().min(1);

const latency = z.strictObject({
  quantile: z.number().gt(0).lt(1).default(0.95).describe('The share of requests that must be fast enough'),
  limit: duration.prefault('1s').refine((milliseconds) => milliseconds > 0, 'must be longer than nothing'),
});

const limits = z.strictObject({
  errors: chance.prefault('1%').describe('Share of requests answered with 5xx'),
  latency: z.union([z.literal('off'), latency]).prefault({}),
  cpu: optional
    .prefault('70%')
    .describe('Share of the cores that a replica may use; of one core if none are declared'),
  memory: optional.prefault('80%').describe('Share of the memory limit of the service'),
  lost: optional
    .prefault('1%')
    .describe('Share of the requests at the edge that got no answer; watched where `watch.edge` is declared'),
});

const selector = written('A series with matchers', ['jobs_total{outcome="failed"}']);

function written(description: string, examples: readonly string[]) {
  return z
    .string()
    .meta({ description, examples: [...examples] })
    .transform((text, context) => {
      try {
        return parseSelector(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: explain(error) });
        return z.NEVER;
      }
    });
}

const services = z
  .array(z.string().min(1))
  .min(1)
  .optional()
  .describe('Services that are asked; those of `watch` unless named');
const positive = z.number().positive();

/** A service level of the team's own, beside the four that every service has. */
const objective = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pair'), bad: selector, total: selector, limit: chance, services }),
  z.strictObject({ kind: z.literal('latency'), series: seriesName, ...latency.shape, services }),
  z.strictObject({ kind: z.literal('level'), series: selector, limit: positive, services }),
  z.strictObject({
    kind: z.literal('freshness'),
    series: selector.describe('Holds the instant of the last success, in seconds since the epoch'),
    limit: duration,
    services,
  }),
]);

const BUILT_IN = ['errors', 'latency', 'lost', 'cpu', 'memory'];

const objectives = z
  .record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower-case letters, digits and dashes'), objective)
  .refine((named) => BUILT_IN.every((id) => !(id in named)), {
    message: `${BUILT_IN.join(', ')} are limits: declare them under \`watch.limits\``,
  });

const rollout = z.strictObject({
  widen: chance
    .prefault('20%')
    .describe('Probability that a release at one of its limits gets more than its first replica'),
  patience: duration
    .prefault('10m')
    .describe('How long the roll-out waits for evidence before it asks a person'),
});

const synthetic = z.strictObject({
  perSecond: z.number().positive().max(1_000).describe('Requests a second that the journeys make in all'),
  journeys: z.array(z.string().min(1)).min(1).optional().describe('All unless named'),
});

const series = z.strictObject({
  requests: seriesName.default('http_requests_total'),
  status: seriesName.default('status'),
  duration: seriesName.default('http_request_duration_seconds'),
});

const edge = z.strictObject({
  metrics: z.string().min(1).describe("Address of the edge's own metrics"),
  requests: seriesName.default('edge_requests_total'),
  lost: seriesName.default('edge_requests_lost_total'),
});

/** `watch:` of the specification. */
export const watchSettings = z
  .strictObject({
    window: duration.prefault('2h').describe('How long the release is watched'),
    interval: duration.prefault('5s').describe('Time between two looks'),
    warmUp: duration
      .prefault('15s')
      .describe('How long a replica that has become ready may be slower than the old ones, within its limit'),
    falseAlarms: chance
      .prefault('1%')
      .describe('Probability that a release within its limits is rolled back'),
    falsePromotions: chance
      .prefault('5%')
      .describe('Probability that a release at one of its limits is called good'),
    limits: limits.prefault({}),
    services: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe('Services whose metrics are read; all with a metrics path unless named'),
    source: sourceSettings.prefault({ kind: 'scrape' }).describe('Where the metrics are read'),
    accessLog: accessLogSettings
      .optional()
      .describe('The log of the edge, to count requests where users send them'),
    objectives: objectives.default({}).describe('Further service levels, by name'),
    series: series.prefault({}),
    edge: edge.optional(),
    rollout: z.union([z.literal('off'), rollout]).prefault({}),
    synthetic: synthetic.optional().describe('Traffic of its own, for services that have little'),
  })
  .refine(({ interval }) => interval > 0, { path: ['interval'], message: 'must be longer than nothing' })
  .refine(({ interval, window }) => interval <= window, {
    path: ['interval'],
    message: 'must not be longer than the window',
  });

export type WatchSettings = z.output<typeof watchSettings>;

/** The declared service levels in the order in which they are tested and shown. */
export function objectivesOf(settings: WatchSettings): readonly Objective[] {
  const { limits, services, series, edge } = settings;
  const { errors, latency, lost, cpu, memory } = limits;
  return [
    { id: 'errors', kind: 'errors', services, allowed: errors },
    ...(latency === 'off'
      ? []
      : [{ id: 'latency', kind: 'latency' as const, services, series: series.duration, ...latency }]),
    ...(lost === 'off' || edge === undefined
      ? []
      : [{ id: 'lost', kind: 'lost' as const, services: undefined, allowed: lost }]),
    ...(cpu === 'off' ? [] : [{ id: 'cpu', kind: 'cpu' as const, services, limit: cpu }]),
    ...(memory === 'off' ? [] : [{ id: 'memory', kind: 'memory' as const, services, limit: memory }]),
    ...Object.entries(settings.objectives).map(([id, one]) => ownObjective(id, one, services)),
  ];
}

function ownObjective(
  id: string,
  one: WatchSettings['objectives'][string],
  usual: readonly string[] | undefined,
): Objective {
  const services = one.services ?? usual;
  switch (one.kind) {
    case 'pair':
      return { id, kind: 'pair', services, bad: one.bad, total: one.total, allowed: one.limit };
    case 'latency':
      return { id, kind: 'latency', services, series: one.series, quantile: one.quantile, limit: one.limit };
    case 'level':
    case 'freshness':
      return { id, kind: one.kind, services, series: one.series, limit: one.limit };
    default:
      return one satisfies never;
  }
}

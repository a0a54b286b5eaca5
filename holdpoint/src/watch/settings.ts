import { z } from 'zod';
import { duration, share } from '../kernel/settings.ts';
import type { Metric } from './block.ts';
import type { GateRules } from './gate/decide.ts';

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
    series: series.prefault({}),
    edge: edge.optional(),
  })
  .refine(({ interval }) => interval > 0, { path: ['interval'], message: 'must be longer than nothing' })
  .refine(({ interval, window }) => interval <= window, {
    path: ['interval'],
    message: 'must not be longer than the window',
  });

export type WatchSettings = z.output<typeof watchSettings>;

/**
 * Share of the samples of CPU and memory that may be above the limit. A stand-in: samples of a gauge depend on each
 * other, so counting them knows less than the test of whitened gauges will.
 */
const GAUGE_SAMPLES_ALLOWED = 0.1;

/** The gate's rules as the settings fix them, before any data. φ is 1 where the traffic's history is not known. */
export function gateRules(settings: WatchSettings, overdispersion = 1): GateRules {
  const { errors, latency, cpu, memory } = settings.limits;
  const allowed: Partial<Record<Metric, number>> = { errors };
  // Rounded, since 1 − 0.95 is not quite 0.05.
  if (latency !== 'off') allowed.latency = Number((1 - latency.quantile).toPrecision(12));
  if (cpu !== 'off') allowed.cpu = GAUGE_SAMPLES_ALLOWED;
  if (memory !== 'off') allowed.memory = GAUGE_SAMPLES_ALLOWED;
  const { falseAlarms, falsePromotions, window } = settings;
  return { falseAlarms, falsePromotions, window, allowed, overdispersion };
}

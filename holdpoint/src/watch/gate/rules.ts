import { z } from 'zod';

const share = z.number().gt(0).lt(1);

/** How one objective of counted events is tested: errors among requests, slow requests among all. */
const counted = z.strictObject({
  kind: z.literal('counted'),
  id: z.string(),
  /** The objective's part of the false alarms; the weights of all objectives add up to 1. */
  weight: z.number().min(0).max(1),
  /** p0: the share of trials that may be events. */
  allowed: share,
  /** φ of the traffic's history; 1 until there is one. */
  overdispersion: z.number().min(1),
  /** Absent where no old version runs beside the new one. */
  versus: z
    .strictObject({
      ratio: z.number().positive(),
      slack: z.number().min(0),
      /** How many tails of the latency are compared; 0 to compare the events themselves. */
      tails: z.number().int().min(0),
    })
    .optional(),
  /** p0*: what the hour before the deploy allows; absent where it is unknown, or allows more than the limit. */
  before: share.optional(),
});

/** How the level of a gauge is tested: its noise is what the hour before the deploy has shown. */
const gauge = z.strictObject({
  kind: z.literal('gauge'),
  id: z.string(),
  weight: z.number().min(0).max(1),
  /** m: the highest mean level that is allowed. */
  limit: z.number().positive(),
  /** r of the whitening: how much of its distance from the mean a sample keeps from the one before. */
  correlation: z.number().min(0).lt(1),
  /** σ_ε: standard deviation of what is new in each sample. */
  deviation: z.number().positive(),
});

/** Something that must have happened lately: too old at several looks in a row is a fact, and no matter of chance. */
const freshness = z.strictObject({
  kind: z.literal('freshness'),
  id: z.string(),
  /** Milliseconds. */
  limit: z.number().positive(),
});

export const gateRules = z.strictObject({
  /** α: probability that a release within its limits, and no worse than the old version, is ever called bad. */
  falseAlarms: share,
  /** β: probability that an objective at or above its limit is ever called good. */
  falsePromotions: share,
  /** Milliseconds. */
  window: z.number().positive(),
  objectives: z.array(z.discriminatedUnion('kind', [counted, gauge, freshness])).readonly(),
});

/** Fixed before the first block is seen, and logged: changing any of it while watching would void the error rates. */
export type GateRules = Readonly<z.infer<typeof gateRules>>;
export type ObjectiveRule = GateRules['objectives'][number];
export type CountedRule = Extract<ObjectiveRule, { kind: 'counted' }>;
export type GaugeRule = Extract<ObjectiveRule, { kind: 'gauge' }>;
export type FreshnessRule = Extract<ObjectiveRule, { kind: 'freshness' }>;

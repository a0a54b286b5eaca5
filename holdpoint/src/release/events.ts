import { z } from 'zod';
import type { Json } from '../kernel/canonical.ts';
import { VERDICTS } from '../kernel/verdict.ts';
import { PHASES } from './phase-names.ts';

/**
 * The facts of a run. Each is appended and synced before it is believed; everything that is shown of a run is a fold
 * of them. Adding a kind or an optional field is compatible; changing the meaning of one is not.
 */
const verdict = z.enum(VERDICTS as [(typeof VERDICTS)[number], ...(typeof VERDICTS)[number][]]);
const phase = z.enum(PHASES);
const revision = z.object({ version: z.string(), digest: z.string() });
const person = z.object({ name: z.string(), demo: z.boolean().optional() });

/** Evidence as the log holds it. */
export const evidenceSchema = z.object({
  verdict,
  summary: z.string(),
  details: z.array(z.string()).optional(),
  expected: z.string().optional(),
  measured: z.string().optional(),
  next: z.string().optional(),
});

const fault = z.object({
  code: z.string(),
  message: z.string(),
  details: z.array(z.string()),
  next: z.string().optional(),
});
/** It comes from JSON.parse, so it is JSON: walking through every block of a watch once more tripled the time of reading. */
const json = z.custom<Json>((value) => value !== undefined);
const checklist = z.object({ file: z.string(), digest: z.string(), text: z.string() });
const severity = z.enum(['critical', 'high', 'medium']);
/** How far a service is rolled: replicas of the new version that serve, of those declared. */
const widening = { service: z.string(), fresh: z.number(), of: z.number() };
/** Rows written, by table. */
export const writtenTables = z.array(
  z.object({ table: z.string(), inserted: z.number(), updated: z.number(), deleted: z.number() }),
);

const BODIES = [
  z.object({
    type: z.literal('run.opened'),
    name: z.string(),
    environment: z.string(),
    version: z.string(),
    to: revision,
    /** The revision that ran before; absent on a first deployment, when there is no way back. */
    from: revision.optional(),
    by: person,
    specification: z.string(),
    checklist,
    product: z.string(),
    timeScale: z.number(),
    /** T as it was planned; absent when the release begins as soon as it is ready. */
    startsAt: z.number().optional(),
  }),
  z.object({ type: z.literal('run.resumed'), by: z.string(), product: z.string() }),
  /** A named person lets the run go on under what was changed since; from here on it is measured by this. */
  z.object({
    type: z.literal('run.adopted'),
    by: person,
    reason: z.string(),
    changed: z.array(z.string()),
    specification: z.string(),
    checklist,
    product: z.string(),
  }),
  z.object({ type: z.literal('phase.started'), phase }),
  z.object({ type: z.literal('phase.ended'), phase, verdict, summary: z.string() }),
  z.object({
    type: z.literal('check.settled'),
    phase,
    check: z.string(),
    evidence: evidenceSchema,
    milliseconds: z.number(),
    /** The journey's steps, where the check is one. */
    steps: z
      .array(z.object({ name: z.string(), verdict, milliseconds: z.number(), summary: z.string() }))
      .optional(),
  }),
  z.object({
    type: z.literal('plan.made'),
    phase,
    direction: z.enum(['forward', 'back']),
    steps: z.array(z.object({ name: z.string(), title: z.string(), action: json })),
  }),
  z.object({
    type: z.literal('step.intended'),
    phase,
    step: z.string(),
    title: z.string(),
    fence: z.number(),
  }),
  z.object({
    type: z.literal('step.done'),
    phase,
    step: z.string(),
    summary: z.string(),
    milliseconds: z.number(),
    result: json.optional(),
    found: z.boolean().optional(),
  }),
  z.object({ type: z.literal('step.failed'), phase, step: z.string(), fault, milliseconds: z.number() }),
  /** Fixed before the first look: the gate's rules, and where latencies are cut. */
  z.object({ type: z.literal('watch.began'), terms: json, notes: z.array(z.string()) }),
  z.object({ type: z.literal('watch.block'), block: json }),
  z.object({
    type: z.literal('watch.decided'),
    verdict: z.enum(['bad', 'good', 'undecided']),
    reason: z.string(),
    details: z.array(z.string()),
  }),
  /** Not shown to be good enough yet to go beyond the replicas of the new version that serve. */
  z.object({
    type: z.literal('rollout.held'),
    ...widening,
    summary: z.string(),
    /** Requests that are missing. */
    needs: z.number().optional(),
  }),
  z.object({ type: z.literal('rollout.widened'), ...widening, summary: z.string() }),
  /** What the journeys have added to the real traffic. */
  z.object({
    type: z.literal('synthetic.ended'),
    requests: z.number(),
    /** Journeys that were walked, and those that departed from what they expect. */
    journeys: z.number(),
    failed: z.number(),
    seconds: z.number(),
    notes: z.array(z.string()),
  }),
  z.object({ type: z.literal('edge.counted'), requests: z.number(), lost: z.number() }),
  z.object({ type: z.literal('edge.unread'), reason: z.string() }),
  z.object({
    type: z.literal('item.waived'),
    check: z.string(),
    by: person,
    reason: z.string(),
    until: z.string(),
  }),
  z.object({
    type: z.literal('item.attested'),
    item: z.string(),
    by: person,
    role: z.string(),
    note: z.string(),
  }),
  z.object({ type: z.literal('item.refused'), item: z.string(), by: person, reason: z.string() }),
  z.object({
    type: z.literal('release.signed'),
    role: z.enum(['deployer', 'reviewer', 'approver']),
    by: person,
    answer: z.enum(['approve', 'refuse']),
    reason: z.string(),
    /** Hash of the event before this one: what the person had before their eyes. */
    head: z.string(),
  }),
  z.object({ type: z.literal('run.waiting'), phase, what: z.array(z.string()), next: z.string() }),
  z.object({
    type: z.literal('rollback.decided'),
    severity,
    reason: z.string(),
    by: z.string(),
  }),
  /** Bad enough to go back, and not so bad that nobody can be asked first. */
  z.object({
    type: z.literal('rollback.proposed'),
    severity,
    reason: z.string(),
    phase,
    /** When it goes back although nobody has answered; absent when it waits for an answer. */
    until: z.number().optional(),
  }),
  z.object({
    type: z.literal('way-back.decided'),
    kind: z.enum(['code-only', 'database', 'none']),
    by: z.enum(['down', 'restore']).optional(),
    reasons: z.array(z.string()),
    /** The verified backup of this release, where there is one. */
    backup: z.string().optional(),
    /** What the migration itself wrote on the copy, by table. */
    ownWrites: writtenTables.optional(),
  }),
  z.object({
    type: z.literal('way-back.accepted'),
    by: person,
    reason: z.string(),
    /** Milliseconds: a restore that loses no more than this needs no second word. */
    lossLimit: z.number().optional(),
  }),
  z.object({
    type: z.literal('loss.measured'),
    backup: z.string(),
    milliseconds: z.number(),
    rows: z.number(),
    tables: writtenTables,
    unknown: z.string().optional(),
    /** Whether nothing could write any more when it was measured. */
    final: z.boolean(),
  }),
  z.object({ type: z.literal('loss.accepted'), by: person, reason: z.string() }),
  z.object({
    type: z.literal('notified'),
    notifier: z.string(),
    kind: z.string(),
    verdict,
    summary: z.string(),
  }),
  /** The release is in service and signed for; what is due in days or weeks may still be open. */
  z.object({ type: z.literal('release.promoted'), summary: z.string() }),
  z.object({
    type: z.literal('run.closed'),
    outcome: z.enum(['promoted', 'rolled-back', 'failed', 'abandoned']),
    summary: z.string(),
  }),
] as const;

export const eventBody = z.discriminatedUnion('type', BODIES);
export type EventBody = z.output<typeof eventBody>;
export type EventType = EventBody['type'];
export type EventOf<Type extends EventType> = Extract<EventBody, { type: Type }>;
export type EvidenceRecord = z.output<typeof evidenceSchema>;
export type Fault = z.output<typeof fault>;
export type PersonRecord = z.output<typeof person>;

/** An event as it lies in the log: its place, its time and its link to the one before. */
export interface LoggedEvent {
  readonly run: string;
  /** 1, 2, 3 … without a gap. */
  readonly seq: number;
  /** Milliseconds since the Unix epoch, by the clock of the machine that appended it. */
  readonly at: number;
  readonly body: EventBody;
  readonly prev: string;
  readonly hash: string;
}

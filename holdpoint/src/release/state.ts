import type { Verdict } from '../kernel/verdict.ts';
import type { EventOf, EvidenceRecord, Fault, PersonRecord } from './events.ts';
import type { PhaseName } from './phase-names.ts';

export type RunOutcome = EventOf<'run.closed'>['outcome'];

export interface PhaseState {
  readonly name: PhaseName;
  readonly startedAt: number;
  /** How often it was begun; one that ended badly is begun anew. */
  readonly starts: number;
  readonly endedAt?: number;
  readonly verdict?: Verdict;
  readonly summary?: string;
}

export interface SettledCheck {
  readonly check: string;
  readonly phase: PhaseName;
  readonly at: number;
  readonly evidence: EvidenceRecord;
  readonly milliseconds: number;
  readonly steps: EventOf<'check.settled'>['steps'];
  /** Place and hash of the event that says so. */
  readonly seq: number;
  readonly hash: string;
}

export type StepStatus = 'planned' | 'intended' | 'done' | 'failed';

export interface StepState {
  readonly name: string;
  readonly title: string;
  readonly phase: PhaseName;
  readonly status: StepStatus;
  /** When it was intended last, or has ended since; absent while it is only planned. */
  readonly at?: number;
  readonly summary?: string;
  readonly fault?: Fault;
  readonly milliseconds?: number;
  readonly result?: unknown;
}

export interface Plan {
  readonly phase: PhaseName;
  readonly direction: 'forward' | 'back';
  readonly steps: EventOf<'plan.made'>['steps'];
}

export interface WatchState {
  /** What was fixed before the first block, and when; absent in logs from before it was written down. */
  readonly terms?: unknown;
  readonly beganAt?: number;
  readonly blocks: readonly unknown[];
  readonly decided?: EventOf<'watch.decided'> & { readonly at: number };
}

/** A roll-out that was held before a further replica, or let on. */
export interface RolloutStep {
  readonly kind: 'held' | 'widened';
  readonly at: number;
  readonly service: string;
  /** Replicas of the new version that served then, of those declared. */
  readonly fresh: number;
  readonly of: number;
  /** What is missing, or what was shown. */
  readonly summary: string;
}

/** What the journeys have added to the real traffic, in all processes of the run. */
export type SyntheticTraffic = Omit<EventOf<'synthetic.ended'>, 'type'>;

/** What the edge saw since the watch began. */
export interface EdgeCount {
  readonly requests: number;
  readonly lost: number;
}

export interface PersonalWord {
  readonly by: PersonRecord;
  readonly at: number;
  readonly hash: string;
}

/** How the old version comes back, as the rehearsal has decided it before anything was touched. */
export type DecidedWayBack = EventOf<'way-back.decided'>;

export interface Signature extends PersonalWord {
  readonly role: EventOf<'release.signed'>['role'];
  readonly answer: 'approve' | 'refuse';
  readonly reason: string;
  readonly head: string;
}

/** What a run is now: nothing but the fold of its events. */
export interface RunState {
  readonly run: string;
  readonly opened: EventOf<'run.opened'>;
  readonly openedAt: number;
  /** When the first effect on the target was intended: the T of the plan. */
  readonly deployedAt?: number;
  readonly head: { readonly seq: number; readonly hash: string; readonly at: number };
  readonly phases: ReadonlyMap<PhaseName, PhaseState>;
  readonly checks: ReadonlyMap<string, SettledCheck>;
  readonly steps: ReadonlyMap<string, StepState>;
  readonly plans: readonly Plan[];
  readonly watch: WatchState;
  readonly rollout: readonly RolloutStep[];
  readonly synthetic?: SyntheticTraffic;
  readonly edge?: EdgeCount;
  readonly waivers: ReadonlyMap<
    string,
    PersonalWord & { readonly reason: string; readonly until: string; readonly seq: number }
  >;
  readonly attestations: ReadonlyMap<string, PersonalWord & { readonly role: string; readonly note: string }>;
  readonly refusals: ReadonlyMap<string, PersonalWord & { readonly reason: string }>;
  readonly signatures: readonly Signature[];
  readonly waiting: EventOf<'run.waiting'> | undefined;
  readonly wayBack?: DecidedWayBack;
  /** Somebody has answered for a way back that is not by code alone. */
  readonly wayBackAccepted?: PersonalWord & { readonly reason: string; readonly lossLimit?: number };
  readonly proposal?: EventOf<'rollback.proposed'> & { readonly at: number };
  readonly rollback?: EventOf<'rollback.decided'> & { readonly at: number };
  /** What restoring the backup would lose, as it was measured last. */
  readonly loss?: EventOf<'loss.measured'> & { readonly at: number };
  readonly lossAccepted?: PersonalWord & { readonly reason: string };
  readonly promoted?: { readonly at: number; readonly summary: string };
  readonly notified: readonly (EventOf<'notified'> & { readonly at: number })[];
  readonly resumes: number;
  readonly adoptions: readonly (EventOf<'run.adopted'> & { readonly at: number })[];
  readonly closed?: EventOf<'run.closed'> & { readonly at: number };
}

/** A waiver counts to the end of its day, in UTC; a run that stays open for days may outlive it. */
const isOver = (until: string, now: number): boolean =>
  Date.parse(`${until.slice(0, 10)}T23:59:59.999Z`) < now;

/**
 * The evidence of one check as it counts: a waiver stands in for what a check could not prove. It answers for what was
 * found before it was given, and not for what a later look has found.
 */
export function evidenceOf(state: RunState, check: string): EvidenceRecord | undefined {
  const settled = state.checks.get(check);
  const waiver = state.waivers.get(check);
  if (waiver === undefined || settled === undefined || settled.evidence.verdict === 'pass')
    return settled?.evidence;
  if (isOver(waiver.until, state.head.at) || settled.seq > waiver.seq) return settled.evidence;
  return {
    ...settled.evidence,
    verdict: 'waived',
    summary: `by ${waiver.by.name}${waiver.by.demo ? ' (demo person)' : ''} until ${waiver.until}: ${waiver.reason}`,
    details: [
      `found: ${settled.evidence.verdict}, ${settled.evidence.summary}`,
      ...(settled.evidence.details ?? []),
    ],
  };
}

import { HoldpointError } from '../kernel/errors.ts';
import { settles } from '../kernel/verdict.ts';
import type { Recorder } from '../watch/recorder.ts';
import { type RunContext, until } from './context.ts';
import { awaitDue } from './due.ts';
import { countEdge } from './edge-count.ts';
import { judgeFailure, type Ruling } from './failure.ts';
import type { OnDecision } from './guard.ts';
import { startGuard } from './guard.ts';
import { askForAttestations, attestationRequest, personItems } from './people.ts';
import { backup } from './phases/backup.ts';
import { deployPhase } from './phases/deploy.ts';
import { migrate } from './phases/migrate.ts';
import { notify, tellAll } from './phases/notify.ts';
import { type Phase, runPhase } from './phases/phase.ts';
import { readiness } from './phases/readiness.ts';
import { rehearse } from './phases/rehearse.ts';
import { rollback } from './phases/rollback.ts';
import { signoff } from './phases/signoff.ts';
import { smoke } from './phases/smoke.ts';
import { verify } from './phases/verify.ts';
import { recordDecision, watchPhase } from './phases/watch.ts';
import type { RunOutcome } from './state.ts';
import { type Synthetic, startSynthetic } from './synthetic.ts';
import { recordOld } from './watching.ts';

/** How far a call of `carryOn` came. */
export type RunEnd =
  | { readonly kind: 'closed'; readonly outcome: RunOutcome; readonly summary: string }
  /** In service and signed for; items that are due later are still open. */
  | { readonly kind: 'promoted'; readonly what: readonly string[]; readonly next: string }
  | { readonly kind: 'waiting'; readonly what: readonly string[]; readonly next: string }
  /** The run stays open, and goes on by `resume` once the cause is mended. */
  | { readonly kind: 'stopped'; readonly error: HoldpointError };

type Settled = Exclude<Ruling, { kind: 'again' }>;

const BEFORE_CHANGE: readonly Phase[] = [readiness, notify, backup, rehearse, migrate];

/** Runs a release from wherever its log says it stands, to its end or to the next hold point. */
export async function carryOn(context: RunContext, onDecision?: OnDecision): Promise<RunEnd> {
  const { state } = context.journal;
  if (state.closed !== undefined)
    return { kind: 'closed', outcome: state.closed.outcome, summary: state.closed.summary };
  if (state.rollback !== undefined) return goBack(context);
  if (state.promoted !== undefined) return followUp(context);
  const recorder = recordOld(context);
  try {
    for (const phase of BEFORE_CHANGE) {
      const ruling = await hold(context, context, phase);
      if (ruling.kind !== 'go on') return await follow(context, ruling);
    }
    return await follow(context, await underGuard(context, recorder, onDecision));
  } finally {
    await recorder?.stop();
  }
}

/** The phases in which the new version runs: what the watch finds ends any of them at once. */
async function underGuard(
  context: RunContext,
  recorder: Recorder | undefined,
  onDecision: OnDecision | undefined,
): Promise<Settled> {
  const guard = startGuard(context, recorder, onDecision);
  let synthetic: Synthetic | undefined;
  try {
    synthetic = startSynthetic(context, guard);
    const guarded = until(context, guard.tripped);
    for (const phase of [deployPhase(guard), verify, smoke, watchPhase(guard.result), signoff]) {
      const ruling = await hold(context, guarded, phase);
      if (ruling.kind === 'go on') continue;
      if (guard.tripped.aborted) await recordDecision(context, await guard.result);
      return ruling;
    }
    return { kind: 'go on' };
  } finally {
    await synthetic?.stop();
    await guard.stop();
  }
}

/** One phase when it is due, and what follows from how it ended. `inner` is the context that the watch may end. */
async function hold(outer: RunContext, inner: RunContext, phase: Phase): Promise<Settled> {
  for (;;) {
    const ruling = await holdOnce(outer, inner, phase);
    if (ruling.kind !== 'again') return ruling;
  }
}

async function holdOnce(outer: RunContext, inner: RunContext, phase: Phase): Promise<Ruling> {
  try {
    const end = (await awaitDue(inner, phase.name)) ?? (await runPhase(inner, phase));
    if (end.kind === 'waiting') return { kind: 'wait', what: end.what, next: end.next };
    if (settles(end.verdict)) return { kind: 'go on' };
    const code = end.verdict === 'fail' ? 'check-failed' : 'evidence-missing';
    return await judgeFailure(
      outer,
      inner,
      phase.name,
      new HoldpointError(code, `${phase.name}: ${end.summary}`),
    );
  } catch (error) {
    return await judgeFailure(outer, inner, phase.name, error);
  }
}

async function follow(context: RunContext, ruling: Settled): Promise<RunEnd> {
  switch (ruling.kind) {
    case 'go on':
      return promote(context);
    case 'wait':
      return { kind: 'waiting', what: ruling.what, next: ruling.next };
    case 'stop':
      return { kind: 'stopped', error: ruling.error };
    case 'give up':
      return close(context, 'failed', ruling.reason);
    case 'go back':
      return goBack(context);
    default:
      return ruling satisfies never;
  }
}

async function goBack(context: RunContext): Promise<RunEnd> {
  const { journal, from } = context;
  const reason = journal.state.rollback?.reason ?? '';
  if (from === undefined) return close(context, 'failed', 'there is no version to go back to');
  try {
    const end = await runPhase(context, rollback(from));
    if (end.kind === 'waiting') return end;
    if (settles(end.verdict))
      return await close(context, 'rolled-back', `${from.version} is back in service: ${reason}`);
    throw new HoldpointError('check-failed', `the way back could not be verified: ${end.summary}`, {
      next: 'Look at the checks of the roll-back with `holdpoint status`, then go on with `holdpoint resume`.',
    });
  } catch (error) {
    const ruling = await judgeFailure(context, context, 'rollback', error);
    return ruling.kind === 'stop' ? { kind: 'stopped', error: ruling.error } : goBack(context);
  }
}

async function promote(context: RunContext): Promise<RunEnd> {
  const summary = `${context.to.version} is in service`;
  await countEdge(context);
  await tellAll(context, 'promoted', summary);
  await context.journal.record({ type: 'release.promoted', summary });
  if (personItems(context, 'follow-up').length > 0) return laterItems(context);
  return closeQuietly(context, 'promoted', summary);
}

/** What is asked for in days or weeks is asked when somebody resumes the run, and never holds up the release. */
async function followUp(context: RunContext): Promise<RunEnd> {
  const open = await askForAttestations(context, 'follow-up');
  if (open.length > 0) return laterItems(context);
  return closeQuietly(
    context,
    'promoted',
    `${context.to.version} is in service, and everything after it is done`,
  );
}

function laterItems(context: RunContext): RunEnd {
  const open = personItems(context, 'follow-up').filter(
    ({ id }) => !context.journal.state.attestations.has(id),
  );
  return { kind: 'promoted', ...attestationRequest(open) };
}

async function closeQuietly({ journal }: RunContext, outcome: RunOutcome, summary: string): Promise<RunEnd> {
  await journal.record({ type: 'run.closed', outcome, summary });
  return { kind: 'closed', outcome, summary };
}

async function close(
  context: RunContext,
  outcome: 'rolled-back' | 'failed',
  summary: string,
): Promise<RunEnd> {
  await countEdge(context);
  await tellAll(context, outcome, summary);
  return closeQuietly(context, outcome, summary);
}

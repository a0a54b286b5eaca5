import { settles } from '../kernel/verdict.ts';
import type { RunContext } from './context.ts';
import type { PhaseName } from './phase-names.ts';
import { evidenceOf, type RunState } from './state.ts';

/** Milliseconds between two looks whether somebody has answered elsewhere. */
const LOOK = 2_000;

export interface ProposedReturn {
  readonly severity: 'high' | 'medium';
  readonly reason: string;
  readonly phase: PhaseName;
}

/** `by` is who has decided to go back. */
export type Answer =
  | { readonly kind: 'go back'; readonly by: string }
  | { readonly kind: 'again' }
  | { readonly kind: 'wait' };

/**
 * A failure that leaves time to ask. One of high severity goes back within `rollback.high`: at once where nobody is
 * there to say otherwise, and when that time is over at the latest, unless what failed was waived meanwhile. One of
 * medium severity goes back by a person's word only.
 */
export async function propose(
  outer: RunContext,
  inner: RunContext,
  proposed: ProposedReturn,
): Promise<Answer> {
  const { severity, reason } = proposed;
  const until = await recordProposal(outer, proposed);
  const { clock } = outer.project;
  const over = new AbortController();
  const signal = AbortSignal.any([inner.authority.signal, over.signal]);
  if (until !== undefined) {
    void clock.wait(Math.max(0, until - clock.now()), over.signal).then(
      () => over.abort(),
      () => undefined,
    );
  }
  const choice = await outer.desk.choose({ severity, reason, until, signal });
  outer.authority.signal.throwIfAborted();
  over.abort();
  if (choice?.answer === 'roll back') return { kind: 'go back', by: choice.name };
  if (severity === 'medium') return { kind: 'wait' };
  if (choice === undefined || until === undefined) return { kind: 'go back', by: 'holdpoint' };
  return keepUntil(outer, inner, until, proposed.phase);
}

/** Says once what is proposed; a resume goes on with the time that was given first. */
async function recordProposal(
  { project, journal }: RunContext,
  { severity, reason, phase }: ProposedReturn,
): Promise<number | undefined> {
  const known = journal.state.proposal;
  if (known?.phase === phase && known.reason === reason) return known.until;
  const patience = project.specification.rollback.high * journal.state.opened.timeScale;
  const until = severity === 'high' ? project.clock.now() + patience : undefined;
  const deadline = until === undefined ? {} : { until };
  await journal.record({ type: 'rollback.proposed', severity, reason, phase, ...deadline });
  return until;
}

/** Leaves the release where it is until its time is over, it gets worse, or somebody waives what it failed. */
async function keepUntil(
  { project: { clock }, journal, authority }: RunContext,
  inner: RunContext,
  until: number,
  phase: PhaseName,
): Promise<Answer> {
  while (clock.now() < until && !inner.authority.signal.aborted) {
    if (isWaived(await journal.catchUp(), phase)) return { kind: 'again' };
    await clock.wait(Math.min(LOOK, until - clock.now()), inner.authority.signal).catch(() => undefined);
    authority.signal.throwIfAborted();
  }
  return { kind: 'go back', by: 'holdpoint' };
}

function isWaived(state: RunState, phase: PhaseName): boolean {
  const failed = [...state.checks.values()].filter(
    (check) => check.phase === phase && check.evidence.verdict === 'fail',
  );
  return (
    failed.length > 0 &&
    failed.every(({ check }) => settles(evidenceOf(state, check)?.verdict ?? 'inconclusive'))
  );
}

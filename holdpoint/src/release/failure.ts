import { asHoldpointError, explain, HoldpointError } from '../kernel/errors.ts';
import { decide, type Severity } from '../rollback/decide.ts';
import type { RunContext } from './context.ts';
import { MIGRATE_UP } from './migration.ts';
import type { PhaseName } from './phase-names.ts';
import { recordWait, waiting } from './phases/phase.ts';
import { propose } from './proposal.ts';
import { isHalt } from './rolling.ts';
import type { RunState } from './state.ts';

/** What follows from the end of a phase. */
export type Ruling =
  | { readonly kind: 'go on' }
  | { readonly kind: 'wait'; readonly what: readonly string[]; readonly next: string }
  | { readonly kind: 'stop'; readonly error: HoldpointError }
  | { readonly kind: 'give up'; readonly reason: string }
  | { readonly kind: 'go back' }
  /** What failed has been answered for: the phase is begun anew. */
  | { readonly kind: 'again' };

/**
 * Rules on a phase that failed, and records the ruling. Where the work was interrupted from outside (Ctrl-C, a lost
 * lease), or the log cannot be written, nobody may act any more, not even backwards: the run stays as it is, for `resume`.
 */
export async function judgeFailure(
  outer: RunContext,
  inner: RunContext,
  phase: PhaseName,
  thrown: unknown,
): Promise<Ruling> {
  const { journal, from } = outer;
  if (outer.authority.signal.aborted)
    return { kind: 'stop', error: asHoldpointError(outer.authority.signal.reason) };
  // A full disk says nothing of the release, and what cannot be written down must not be done.
  if (journal.unwritten !== undefined) return { kind: 'stop', error: journal.unwritten };
  // Somebody who leaves at a question wants to stop here, and not to go back.
  if (thrown instanceof HoldpointError && thrown.code === 'cancelled') return { kind: 'stop', error: thrown };
  const tripped = inner.authority.signal.aborted;
  const error = asHoldpointError(tripped ? inner.authority.signal.reason : thrown);
  if (journal.state.phases.get(phase)?.endedAt === undefined && journal.state.phases.has(phase)) {
    const verdict =
      error.code === 'check-failed' || phase === 'deploy' || phase === 'migrate' ? 'fail' : 'error';
    await journal.record({ type: 'phase.ended', phase, verdict, summary: explain(error) });
  }
  if (phase === 'rollback') return { kind: 'stop', error };
  const decision = decide({
    phase,
    watchTripped: tripped,
    proven: error.code === 'check-failed',
    touched: wasTouched(journal.state),
    wayBack: from !== undefined,
  });
  if (decision.kind === 'roll back') return goBackWhen(outer, inner, phase, decision.severity, error);
  if (decision.kind === 'hold') return { kind: 'stop', error };
  return wasTouched(journal.state)
    ? { kind: 'give up', reason: `${explain(error)}; ${decision.reason}` }
    : { kind: 'stop', error };
}

/** At once when it is critical; else when it was proposed and nobody has said otherwise. */
async function goBackWhen(
  outer: RunContext,
  inner: RunContext,
  phase: PhaseName,
  found: Severity,
  error: HoldpointError,
): Promise<Ruling> {
  const reason = explain(error);
  let [severity, by]: [Severity, string] = [found, 'holdpoint'];
  if (severity !== 'critical') {
    const answer = await propose(outer, inner, { severity, reason, phase });
    if (answer.kind === 'again') return answer;
    if (answer.kind === 'wait') return waitForChoice(outer, phase, reason);
    by = answer.by;
    // It got worse while somebody was asked.
    if (inner.authority.signal.aborted) severity = 'critical';
  }
  await outer.journal.record({ type: 'rollback.decided', severity, reason, by });
  return { kind: 'go back' };
}

async function waitForChoice(context: RunContext, phase: PhaseName, reason: string): Promise<Ruling> {
  const end = waiting(
    [`a choice: ${reason}`],
    'Take it back with `holdpoint rollback --reason TEXT`, or mend it, let it be signed anew, and go on with `holdpoint resume`.',
  );
  await recordWait(context, phase, end);
  return { kind: 'wait', what: end.what, next: end.next };
}

/** Whether anything outside may be different because of this run. */
export function wasTouched({ steps }: Pick<RunState, 'steps'>): boolean {
  return [...steps.values()].some(
    ({ name, phase, status }) =>
      status !== 'planned' && (phase === 'deploy' || name === MIGRATE_UP || isHalt(name)),
  );
}

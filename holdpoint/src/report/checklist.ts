import type { Checklist } from '../checklist/model.ts';
import { type Rendering, renderChecklist } from '../checklist/render.ts';
import { statusOf } from '../checklist/status.ts';
import type { RunState } from '../release/state.ts';
import { outcomesOf } from './outcomes.ts';
import { signOffsOf } from './sign-offs.ts';
import { conditionInWords, type Standing } from './standing.ts';

/** The checklist of a run filled in with what is known; `checklist` is the one with which the run was opened. */
export function filledChecklist(
  state: RunState,
  checklist: Checklist,
  standing: Standing,
  evidence: 'inline' | 'beside',
): Rendering {
  const outcomes = outcomesOf(state, checklist);
  return renderChecklist(checklist, outcomes, {
    evidence,
    signOffs: signOffsOf(state),
    status: `${statusLine(state, standing)}; ${statusOf(checklist.items, outcomes)}`,
  });
}

/** `2.0.0 promoted`, `2.0.1 rolled back: 3 % of requests failed`, `2.0.0 waiting for the approver`. */
function statusLine(state: RunState, standing: Standing): string {
  const { version } = state.opened;
  const words = `${version} ${conditionInWords(standing.condition)}`;
  const reason = standing.condition === 'rolled-back' ? state.rollback?.reason : undefined;
  if (reason !== undefined) return `${words}: ${reason}`;
  return standing.waitingFor.length === 0 ? words : `${words} for ${standing.waitingFor.join(', ')}`;
}

import { combine, settles, type Verdict } from '../../kernel/verdict.ts';
import type { RunContext } from '../context.ts';
import type { PhaseName } from '../phase-names.ts';

/** How a phase ends: with a verdict, or by waiting for a person, who is told what for and how to answer. */
export type PhaseEnd =
  | { readonly kind: 'settled'; readonly verdict: Verdict; readonly summary: string }
  | Waiting;

export interface Waiting {
  readonly kind: 'waiting';
  readonly what: readonly string[];
  readonly next: string;
}

export interface Phase {
  readonly name: PhaseName;
  run(context: RunContext): Promise<PhaseEnd>;
}

export const settled = (verdict: Verdict, summary: string): PhaseEnd => ({
  kind: 'settled',
  verdict,
  summary,
});

export const waiting = (what: readonly string[], next: string): Waiting => ({ kind: 'waiting', what, next });

/** Runs a phase unless the log already holds its good end; what it throws is left to the run to judge. */
export async function runPhase(context: RunContext, phase: Phase): Promise<PhaseEnd> {
  const { journal } = context;
  const before = journal.state.phases.get(phase.name);
  if (before?.verdict !== undefined && settles(before.verdict))
    return settled(before.verdict, before.summary ?? '');
  if (before === undefined || before.endedAt !== undefined) {
    await journal.record({ type: 'phase.started', phase: phase.name });
  }
  context.authority.signal.throwIfAborted();
  const end = await phase.run(context);
  if (end.kind === 'settled') {
    await journal.record({
      type: 'phase.ended',
      phase: phase.name,
      verdict: end.verdict,
      summary: end.summary,
    });
  } else await recordWait(context, phase.name, end);
  return end;
}

/** Says what a run waits for, once: asked again while nobody has answered, it has nothing new to say. */
export async function recordWait(
  { journal }: RunContext,
  phase: PhaseName,
  { what, next }: Waiting,
): Promise<void> {
  const before = journal.state.waiting;
  if (before?.phase === phase && before.next === next && before.what.join('\n') === what.join('\n')) return;
  await journal.record({ type: 'run.waiting', phase, what: [...what], next });
}

/** `12 pass, 2 waived, 1 fail`: the verdicts of a group, counted. */
export function tally(verdicts: readonly Verdict[]): string {
  const counts = new Map<Verdict, number>();
  for (const verdict of verdicts) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(', ') || 'nothing was asked';
}

/** The end of a phase that consists of these verdicts. An empty one was not asked for anything, and says so. */
export function endOf(verdicts: readonly Verdict[]): PhaseEnd {
  if (verdicts.length === 0) return settled('not-applicable', 'the checklist asks for nothing here');
  return settled(combine(verdicts), tally(verdicts));
}

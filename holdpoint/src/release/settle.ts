import type { Check } from '../checks/check.ts';
import { runChecks } from '../checks/runner.ts';
import { type CheckId, checkId } from '../kernel/ids.ts';
import { type Evidence, settles, type Verdict } from '../kernel/verdict.ts';
import type { RunContext } from './context.ts';
import { recordOf } from './desk.ts';
import type { EvidenceRecord } from './events.ts';
import { evidenceKey } from './evidence-key.ts';
import type { PhaseName } from './phase-names.ts';
import { evidenceOf } from './state.ts';
import { subjectOf } from './subject.ts';

export async function recordEvidence(
  { journal }: RunContext,
  phase: PhaseName,
  check: string,
  evidence: Evidence,
  milliseconds: number,
): Promise<void> {
  const key = evidenceKey(phase, check);
  await journal.record({
    type: 'check.settled',
    phase,
    check: key,
    evidence: asRecord(evidence),
    milliseconds,
  });
}

/** Evidence as it goes into the log, with arrays of its own. */
export function asRecord({ details, ...evidence }: Evidence): EvidenceRecord {
  return { ...evidence, ...(details === undefined ? {} : { details: [...details] }) };
}

/** The checks to which the checklist's items of a phase are bound, each once. */
export function boundChecks({ agenda }: RunContext, phase: PhaseName): readonly CheckId[] {
  const ids = (agenda.get(phase) ?? []).flatMap(({ binding }) =>
    binding?.kind === 'check' ? [binding.check] : [],
  );
  return [...new Set(ids)];
}

/** Asks the checks that are not yet settled, side by side, and records each as it settles. */
export async function settleChecks(
  context: RunContext,
  phase: PhaseName,
  version: string,
  checks: readonly Check[],
): Promise<void> {
  const { project, journal, authority } = context;
  const open = checks.filter(({ id }) => {
    const evidence = evidenceOf(journal.state, evidenceKey(phase, id));
    return evidence === undefined || !settles(evidence.verdict);
  });
  if (open.length === 0) return;
  const subject = await subjectOf(project, version, await project.target.inspect(authority.signal));
  const recorded: Promise<void>[] = [];
  await runChecks(open, subject, project, {
    signal: authority.signal,
    onSettled: ({ check, evidence, milliseconds }) => {
      // A check that was cut off by the end of the run was not answered: it is asked again on resume.
      if (authority.signal.aborted) return;
      const recording = recordEvidence(context, phase, check, evidence, milliseconds);
      // Awaited below, once the other checks have settled; until then a failure must not count as unhandled.
      recording.catch(() => undefined);
      recorded.push(recording);
    },
  });
  await Promise.all(recorded);
  authority.signal.throwIfAborted();
}

/** Lets the desk waive what these checks could not prove; what nobody waives stays as it is. */
export async function askForWaivers({ journal, desk }: RunContext, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    const evidence = evidenceOf(journal.state, key);
    if (evidence === undefined || settles(evidence.verdict)) continue;
    const waiver = await desk.waive(checkId(key), evidence as Evidence);
    if (waiver === undefined) continue;
    const { reason, until } = waiver;
    const by = recordOf(waiver);
    await journal.record({ type: 'item.waived', check: key, by, reason, until });
  }
}

/** The verdicts as they count now; a check without evidence is `inconclusive`. */
export function verdictsOf({ journal }: RunContext, keys: readonly string[]): readonly Verdict[] {
  return keys.map((key) => evidenceOf(journal.state, key)?.verdict ?? 'inconclusive');
}

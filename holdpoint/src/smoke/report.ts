import { formatDuration } from '../kernel/durations.ts';
import { redact } from '../kernel/redaction.ts';
import type { Evidence, Verdict } from '../kernel/verdict.ts';
import { combine } from '../kernel/verdict.ts';

/** How one step went; without secrets. */
export interface StepReport {
  readonly name: string;
  readonly verdict: Verdict;
  readonly milliseconds: number;
  readonly summary: string;
  readonly expected?: string;
  readonly measured?: string;
  /** Of the last request, as the system names it in its answer, else as it was sent: the way into the system's logs. */
  readonly requestId?: string;
}

export interface AttemptReport {
  readonly verdict: Verdict;
  readonly milliseconds: number;
  /** In order; a step that was never reached is absent. */
  readonly steps: readonly StepReport[];
}

export interface JourneyReport {
  readonly id: string;
  readonly title: string;
  /** Of the last attempt. */
  readonly verdict: Verdict;
  /** One, or two where a retry was allowed and needed. */
  readonly attempts: readonly AttemptReport[];
  readonly steps: number;
}

/** Steps that were skipped say nothing; no step at all is no pass. */
export function verdictOf(steps: readonly StepReport[]): Verdict {
  const said = steps.map(({ verdict }) => verdict).filter((verdict) => verdict !== 'not-applicable');
  return combine(said);
}

/** What the journey proves, for its checklist item. */
export function journeyEvidence(report: JourneyReport): Evidence {
  const last = report.attempts.at(-1);
  const stopped = last?.steps.find(({ verdict }) => verdict !== 'pass' && verdict !== 'not-applicable');
  const retried = report.attempts.length > 1;
  const details = report.attempts.flatMap((attempt, index) => [
    ...(retried ? [`attempt ${index + 1}: ${attempt.verdict}`] : []),
    ...attempt.steps.map(stepLine),
  ]);
  const summary =
    stopped !== undefined
      ? `${report.title}: '${stopped.name}' ${stopped.summary}${retried ? ', also on the second attempt' : ''}`
      : last === undefined || last.verdict !== 'pass'
        ? `${report.title}: nothing was measured`
        : `${report.title}: ${report.steps} steps in ${formatDuration(last.milliseconds)}${retried ? ', on the second attempt' : ''}`;
  return {
    verdict: report.verdict,
    summary,
    details,
    ...(stopped?.expected === undefined ? {} : { expected: stopped.expected }),
    ...(stopped?.measured === undefined ? {} : { measured: stopped.measured }),
    ...(stopped === undefined ? {} : { next: nextOf(stopped) }),
  };
}

function stepLine(step: StepReport): string {
  const id = step.requestId === undefined || step.verdict === 'pass' ? '' : ` (request ${step.requestId})`;
  return `${step.verdict}: ${step.name}: ${step.summary}, ${formatDuration(step.milliseconds)}${id}`;
}

function nextOf({ verdict, requestId }: StepReport): string {
  if (verdict === 'error')
    return 'Mend the journey or the machine that runs it; the release is not to blame.';
  return requestId === undefined
    ? "Look into the system's logs at that time."
    : `Look for request ${requestId} in the system's logs.`;
}

/** The report with every known secret masked. */
export function redactStep(step: StepReport, secrets: readonly string[]): StepReport {
  return {
    ...step,
    summary: redact(step.summary, secrets),
    ...(step.expected === undefined ? {} : { expected: redact(step.expected, secrets) }),
    ...(step.measured === undefined ? {} : { measured: redact(step.measured, secrets) }),
    ...(step.requestId === undefined ? {} : { requestId: redact(step.requestId, secrets) }),
  };
}

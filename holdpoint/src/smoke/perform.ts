import type { Json } from '../kernel/canonical.ts';
import { formatDuration } from '../kernel/durations.ts';
import { explain, HoldpointError } from '../kernel/errors.ts';
import { noAnswer } from '../system/no-answer.ts';
import { placeholdersIn } from './placeholders.ts';
import { redactStep, type StepReport } from './report.ts';
import { performRequest, type RequestFinding } from './request-step.ts';
import type { Scope, StepFinding } from './scope.ts';
import type { Step } from './step.ts';
import { performEvent, performOpen, performSend } from './stream-step.ts';

/**
 * Runs one step and tells how it went. A system that departs or does not answer is `fail`; whatever else is thrown is
 * the journey's or the machine's fault and `error`. Rejects only when the caller's own signal is aborted.
 */
export async function performStep(step: Step, scope: Scope): Promise<StepReport> {
  const begun = performance.now();
  const report = async (): Promise<Omit<StepReport, 'name' | 'milliseconds'>> => {
    try {
      return describe(await act(step, scope));
    } catch (error) {
      scope.context.signal.throwIfAborted();
      return broken(error, scope.signal);
    }
  };
  const said = await report();
  return redactStep({ name: step.name, ...said, milliseconds: performance.now() - begun }, [
    ...scope.secrets,
  ]);
}

/** Why a step that clears up has nothing to clear: what it names was never made. */
export function nothingToClear(step: Step, scope: Scope): StepReport | undefined {
  const names = placeholdersIn(step as unknown as Json);
  const absent = names.find((name) => !name.startsWith('env.') && !scope.values.has(name));
  if (absent === undefined) return undefined;
  const summary = `nothing to clear up, {{${absent}}} was never captured`;
  return { name: step.name, verdict: 'not-applicable', milliseconds: 0, summary };
}

async function act(step: Step, scope: Scope): Promise<RequestFinding> {
  if (step.request !== undefined) return await performRequest(step, step.request, scope);
  if (step.open !== undefined) return await performOpen(step.open, scope);
  if (step.send !== undefined) return performSend(step.send, scope);
  return await performEvent(step, scope);
}

function describe(
  finding: StepFinding & { readonly requestId?: string },
): Omit<StepReport, 'name' | 'milliseconds'> {
  const { verdict, summary, mismatches, requestId } = finding;
  return {
    verdict,
    summary,
    ...(mismatches.length === 0
      ? {}
      : {
          expected: mismatches.map(({ path, expected }) => `${path}: ${expected}`).join('; '),
          measured: mismatches.map(({ path, measured }) => `${path}: ${measured}`).join('; '),
        }),
    ...(requestId === undefined ? {} : { requestId }),
  };
}

function broken(error: unknown, signal: AbortSignal): Omit<StepReport, 'name' | 'milliseconds'> {
  if (signal.aborted) return { verdict: 'fail', summary: explain(signal.reason) };
  const silent = noAnswer(error);
  if (silent !== undefined)
    return { verdict: 'fail', summary: silent, expected: 'an answer', measured: 'none' };
  const next = error instanceof HoldpointError && error.next !== undefined ? `. ${error.next}` : '';
  return { verdict: 'error', summary: `could not run: ${explain(error)}${next}` };
}

/** What a step says when the journey's time is over. */
export function overdue(limit: number): HoldpointError {
  return new HoldpointError('timeout', `the journey did not end within ${formatDuration(limit)}`);
}

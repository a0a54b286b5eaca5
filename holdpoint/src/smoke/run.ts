import { explain } from '../kernel/errors.ts';
import type { Journey } from './journey.ts';
import { nothingToClear, overdue, performStep } from './perform.ts';
import { type AttemptReport, type JourneyReport, redactStep, type StepReport, verdictOf } from './report.ts';
import { type JourneyContext, openScope, type Scope } from './scope.ts';

/**
 * Runs a journey, a second time where it allows one and the first failed; every attempt is reported. The first step
 * that does not pass ends an attempt, after which only steps marked `always` run. Never throws for what the system or
 * the journey did; rejects with the signal's reason when the caller cancels, leaving what the journey made.
 */
export async function runJourney(journey: Journey, context: JourneyContext): Promise<JourneyReport> {
  const attempts: AttemptReport[] = [];
  do {
    context.signal.throwIfAborted();
    attempts.push(await attempt(journey, context));
  } while (attempts.at(-1)?.verdict === 'fail' && attempts.length <= journey.retries);
  const verdict = attempts.at(-1)?.verdict ?? 'inconclusive';
  return { id: journey.id, title: journey.title, verdict, attempts, steps: journey.steps.length };
}

async function attempt(journey: Journey, context: JourneyContext): Promise<AttemptReport> {
  const begun = performance.now();
  const over = new AbortController();
  const settled = new AbortController();
  const limit = context.clock
    .wait(journey.limit, AbortSignal.any([settled.signal, context.signal]))
    .then(() => over.abort(overdue(journey.limit)))
    .catch(() => undefined);
  try {
    const { signal, ending = over.signal } = context;
    const steps = await attemptSteps(journey, context, AbortSignal.any([signal, ending, over.signal]));
    return { verdict: verdictOf(steps), milliseconds: performance.now() - begun, steps };
  } finally {
    settled.abort();
    await limit;
  }
}

async function attemptSteps(
  journey: Journey,
  context: JourneyContext,
  signal: AbortSignal,
): Promise<readonly StepReport[]> {
  const scope = prepare(journey, context, signal);
  if ('verdict' in scope) return [scope];
  const steps: StepReport[] = [];
  let stopped = false;
  try {
    for (const step of journey.steps) {
      if (stopped && !step.always) continue;
      // What clears up must also run when the journey's own time is over.
      const own = step.always ? { ...scope, signal: context.signal } : scope;
      const report: StepReport =
        (stopped ? nothingToClear(step, own) : undefined) ?? (await performStep(step, own));
      steps.push(report);
      context.onStep?.(report);
      stopped ||= report.verdict !== 'pass';
    }
  } finally {
    await Promise.all([...scope.streams.values()].map((stream) => stream.close()));
  }
  // Once more with all secrets, since a later step may have learnt one that an earlier report shows.
  return steps.map((step) => redactStep(step, [...scope.secrets]));
}

function prepare(journey: Journey, context: JourneyContext, signal: AbortSignal): Scope | StepReport {
  try {
    return openScope(journey, context, signal);
  } catch (error) {
    return {
      name: 'variables',
      verdict: 'error',
      milliseconds: 0,
      summary: `could not run: ${explain(error)}`,
    };
  }
}

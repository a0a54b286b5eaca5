import type { Json } from '../kernel/canonical.ts';
import { formatDuration } from '../kernel/durations.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { noAnswer } from '../system/no-answer.ts';
import { captureFrom, namesSecret } from './capture.ts';
import type { Expectation } from './expectation.ts';
import { judge } from './judge.ts';
import type { Mismatch } from './matching.ts';
import { fillIn } from './placeholders.ts';
import { type Exchange, send } from './request.ts';
import type { Scope, StepFinding } from './scope.ts';
import type { Step, StepRequest } from './step.ts';

export interface RequestFinding extends StepFinding {
  readonly requestId?: string;
}

interface Asked {
  readonly exchange: Exchange;
  readonly mismatches: readonly Mismatch[];
}

/** Runs a step that asks: once, until it holds (`waitFor`), or as a bounded burst (`repeat`). */
export async function performRequest(
  step: Step,
  request: StepRequest,
  scope: Scope,
): Promise<RequestFinding> {
  const expected = filled(step.expect ?? {}, scope);
  if (step.repeat !== undefined) return await burst(request, expected, step.repeat, scope);
  if (step.waitFor !== undefined) return await wait(step, request, expected, step.waitFor, scope);
  return settle(step, await ask(request, expected, scope), scope);
}

async function ask(request: StepRequest, expected: Expectation, scope: Scope): Promise<Asked> {
  const exchange = await send(request, scope, expected.within);
  return { exchange, mismatches: judge(expected, exchange.response) };
}

/** Turns an answer into a finding, and keeps what the step captures of it. */
function settle(step: Step, { exchange, mismatches }: Asked, scope: Scope, note = ''): RequestFinding {
  const { response, requestId } = exchange;
  const captured = captureFrom(step.capture ?? {}, response);
  for (const secret of captured.secrets) scope.secrets.add(secret);
  const wrong = mismatches.length > 0 ? mismatches : captured.missing;
  if (wrong.length > 0) return failed(wrong, requestId, note);
  for (const [name, value] of captured.values) scope.values.set(name, value);
  return { verdict: 'pass', summary: `answered ${response.status}${note}`, mismatches: [], requestId };
}

async function wait(
  step: Step,
  request: StepRequest,
  expected: Expectation,
  { limit, interval, unless }: NonNullable<Step['waitFor']>,
  scope: Scope,
): Promise<RequestFinding> {
  const { clock } = scope.context;
  const begun = clock.now();
  const never = unless === undefined ? undefined : filled(unless, scope);
  for (let count = 1; ; count += 1) {
    const over = clock.now() - begun + interval > limit;
    const note = count === 1 ? '' : `, asked ${count} times in ${formatDuration(clock.now() - begun)}`;
    try {
      const asked = await ask(request, expected, scope);
      if (asked.mismatches.length === 0 || over) return settle(step, asked, scope, note);
      if (never !== undefined && judge(never, asked.exchange.response).length === 0) {
        return failed(asked.mismatches, asked.exchange.requestId, `, and will not change${note}`);
      }
    } catch (error) {
      // While one waits, no answer is only not yet; but not for ever.
      if (over || scope.signal.aborted || noAnswer(error) === undefined) throw error;
    }
    await clock.wait(interval, scope.signal);
  }
}

async function burst(
  request: StepRequest,
  expected: Expectation,
  { times, atOnce, until }: NonNullable<Step['repeat']>,
  scope: Scope,
): Promise<RequestFinding> {
  const wanted = until === undefined ? undefined : filled(until, scope);
  let last: Asked | undefined;
  for (let sent = 0; sent < times; ) {
    const count = Math.min(atOnce, times - sent);
    const answers = await Promise.all(Array.from({ length: count }, () => ask(request, expected, scope)));
    sent += count;
    const met = wanted && answers.find(({ exchange }) => judge(wanted, exchange.response).length === 0);
    const wrong = answers.find(
      ({ exchange, mismatches }) =>
        mismatches.length > 0 && !(wanted && judge(wanted, exchange.response).length === 0),
    );
    // Judged before `met`: what departs from both is a failure, whatever else the burst brought.
    if (wrong !== undefined) {
      const against = wanted === undefined ? wrong.mismatches : judge(wanted, wrong.exchange.response);
      return failed(
        [...wrong.mismatches, ...against],
        wrong.exchange.requestId,
        `, request ${sent} of a burst`,
      );
    }
    if (met !== undefined) {
      const { response, requestId } = met.exchange;
      const summary = `answered ${response.status} within ${sent} requests`;
      return { verdict: 'pass', summary, mismatches: [], requestId };
    }
    last = answers.at(-1);
  }
  if (last === undefined) throw new HoldpointError('internal', 'a burst of no request');
  const { response, requestId } = last.exchange;
  if (wanted === undefined) {
    return { verdict: 'pass', summary: `answered as expected ${times} times`, mismatches: [], requestId };
  }
  return failed(judge(wanted, response), requestId, `, not once in ${times} requests`);
}

function failed(mismatches: readonly Mismatch[], requestId: string, note: string): RequestFinding {
  const shown = mismatches.map(masked);
  const [first] = shown;
  const more = shown.length > 1 ? ` and ${shown.length - 1} more` : '';
  const summary =
    first === undefined ? `departed${note}` : `${first.path} is ${first.measured}${more}${note}`;
  return { verdict: 'fail', summary, mismatches: shown, requestId };
}

/** What stands under a telling name is a secret even where nothing captured it. */
function masked(mismatch: Mismatch): Mismatch {
  const hidden = namesSecret(mismatch.path) && mismatch.measured !== 'nothing';
  return hidden ? { ...mismatch, measured: 'another value (masked)' } : mismatch;
}

function filled(expected: Expectation, { values }: Scope): Expectation {
  return fillIn(expected as Json, values) as Expectation;
}

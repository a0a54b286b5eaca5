import { formatDuration } from '../../kernel/durations.ts';
import { settles } from '../../kernel/verdict.ts';
import type { EventOf, LoggedEvent } from '../../release/events.ts';
import { evidenceOf, type RunState } from '../../release/state.ts';
import { nameOf } from '../people.ts';
import { field } from './actions.ts';
import { block, bullets, inline, instant } from './markdown.ts';

/** Last lines shown of what failed, and of each replica that was only stopped. */
const FAILED_LINES = 40;
const STOPPED_LINES = 10;
/** Of one kind; what is left out is in the log, and said to be there. */
const MOST = 30;

/** What failed, with its own last words: steps, checks and journeys, and the replicas that were taken away. */
export function kept(state: RunState, events: readonly LoggedEvent[]): readonly string[] {
  const failedSteps = events.flatMap((event) => failedStep(state, event));
  const failedChecks = events.flatMap((event) => failedCheck(state, event));
  const stopped = events.flatMap((event) => stoppedReplica(state, event));
  return [
    '### Failed steps',
    '',
    ...orNone(failedSteps),
    '### Failed checks and journeys',
    '',
    ...orNone(failedChecks),
    '### Went ahead under a waiver',
    '',
    ...orNone([waivers(state)].filter(({ length }) => length > 0)),
    '### Last lines of what was taken away on the way back',
    '',
    ...orNone(stopped),
  ];
}

function orNone(parts: readonly (readonly string[])[]): readonly string[] {
  if (parts.length === 0) return ['None in the log.', ''];
  const more = parts.length - MOST;
  return [...parts.slice(0, MOST).flat(), ...(more > 0 ? [`… and ${more} more in the log.`, ''] : [])];
}

function failedStep(state: RunState, { at, seq, body }: LoggedEvent): readonly (readonly string[])[] {
  if (body.type !== 'step.failed') return [];
  const { fault, step, milliseconds } = body;
  const now = state.steps.get(step)?.status === 'done' ? '; done later' : '';
  return [
    [
      `**${inline(state.steps.get(step)?.title ?? step)}** failed at ${instant(at)} after ${formatDuration(milliseconds)} (event ${seq}${now})`,
      '',
      ...bullets([
        `${inline(fault.code)}: ${inline(fault.message)}`,
        ...(fault.next === undefined ? [] : [`Next: ${inline(fault.next)}`]),
      ]),
      ...block(fault.details, FAILED_LINES),
    ],
  ];
}

function failedCheck(state: RunState, { at, seq, body }: LoggedEvent): readonly (readonly string[])[] {
  if (body.type !== 'check.settled' || settles(body.evidence.verdict)) return [];
  const { check, evidence } = body;
  const newest = state.checks.get(check)?.seq === seq;
  const counts = evidenceOf(state, check)?.verdict;
  // Asked again with the same answer: once is enough.
  if (!newest && counts === evidence.verdict) return [];
  // What was answered for before anything changed stands among the waivers.
  if (newest && counts === 'waived') return [];
  return [
    [
      `**${inline(check)}** ${evidence.verdict} at ${instant(at)} (event ${seq}${newest ? '' : `; ${counts ?? ''} later`})`,
      '',
      ...bullets([...evidenceLines(evidence), ...journeyLines(body)]),
      ...block(evidence.details ?? [], FAILED_LINES),
    ],
  ];
}

export function evidenceLines(
  evidence: Pick<EventOf<'check.settled'>['evidence'], 'summary' | 'expected' | 'measured' | 'next'>,
): readonly string[] {
  const { summary, expected, measured, next } = evidence;
  return [
    inline(summary),
    ...(expected === undefined ? [] : [`Expected: ${inline(expected)}`]),
    ...(measured === undefined ? [] : [`Measured: ${inline(measured)}`]),
    ...(next === undefined ? [] : [`Next: ${inline(next)}`]),
  ];
}

const journeyLines = ({ steps = [] }: EventOf<'check.settled'>): readonly string[] =>
  steps.map(
    ({ name, verdict, milliseconds, summary }) =>
      `${verdict}: ${inline(name)}, ${formatDuration(milliseconds)}: ${inline(summary)}`,
  );

function waivers(state: RunState): readonly string[] {
  return bullets(
    [...state.waivers].map(([check, { by, reason, until, at }]) => {
      const found = state.checks.get(check)?.evidence;
      const words = found === undefined ? '' : `; found ${found.verdict}: ${inline(found.summary)}`;
      return `${inline(check)}, by ${inline(nameOf(by))} at ${instant(at)} until ${inline(until)}: ${inline(reason)}${words}`;
    }),
    MOST,
  );
}

function stoppedReplica(state: RunState, { seq, body }: LoggedEvent): readonly (readonly string[])[] {
  if (body.type !== 'step.done' || body.phase !== 'rollback') return [];
  const captured = field(body.result, 'captured');
  if (!Array.isArray(captured)) return [];
  const lines = captured.filter((line): line is string => typeof line === 'string');
  if (lines.length === 0) return [];
  const title = state.steps.get(body.step)?.title ?? body.step;
  return [
    [`**${inline(title)}** (event ${seq}): ${inline(body.summary)}`, '', ...block(lines, STOPPED_LINES)],
  ];
}

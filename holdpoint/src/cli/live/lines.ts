import { styleText } from 'node:util';
import { formatDuration } from '../../kernel/durations.ts';
import type { Verdict } from '../../kernel/verdict.ts';
import type { EventBody, LoggedEvent } from '../../release/events.ts';
import { PHASE_TITLES } from '../../release/phase-names.ts';
import type { RunState } from '../../release/state.ts';
import { syntheticInWords } from '../../release/synthetic-words.ts';
import { wayBackInWords } from '../../release/way-back-words.ts';
import { lossInWords } from '../../rollback/plan.ts';

type Style = Parameters<typeof styleText>[0];

const MARKS: Readonly<Record<Verdict, readonly [string, Style]>> = {
  pass: ['✔', 'green'],
  attested: ['✔', 'green'],
  waived: ['~', 'yellow'],
  'not-applicable': ['·', 'gray'],
  inconclusive: ['?', 'yellow'],
  error: ['!', 'yellow'],
  fail: ['✖', 'red'],
};

/** How text is coloured; the plain one leaves it as it is. */
export type Paint = (style: Style, text: string) => string;
export const plain: Paint = (_, text) => text;
export const coloured: Paint = (style, text) => styleText(style, text, { validateStream: false });

export function mark(verdict: Verdict, paint: Paint): string {
  const [sign, style] = MARKS[verdict];
  return paint(style, sign);
}

/** What is released, where to, and by which run. */
export function heading({ run, opened }: RunState, paint: Paint): string {
  const from = opened.from === undefined ? 'first deployment' : `from ${opened.from.version}`;
  return paint('bold', `${opened.name} ${opened.version} to ${opened.environment} (${from}), run ${run}`);
}

/** The line that an event leaves on the screen for good; undefined for what is only shown while it lasts. */
export function lineOf({ body }: LoggedEvent, state: RunState, paint: Paint): string | undefined {
  switch (body.type) {
    case 'run.opened':
      return heading(state, paint);
    case 'run.resumed':
      return `resumed by ${body.by}`;
    case 'phase.started':
      return paint('bold', `▸ ${PHASE_TITLES[body.phase]}`);
    case 'phase.ended':
      return phaseEnded(body, state, paint);
    case 'check.settled':
      return checkSettled(body, paint);
    case 'step.done':
      return `  ${mark('pass', paint)} ${titled(state, body.step)}${body.found === true ? ' (found done)' : ''}: ${body.summary}${time(body.milliseconds, paint)}`;
    case 'step.failed':
      return [
        `  ${mark('fail', paint)} ${titled(state, body.step)}: ${body.fault.message}`,
        ...body.fault.details.map((line) => `      ${line}`),
      ].join('\n');
    case 'watch.began':
      return body.notes.length === 0
        ? undefined
        : body.notes.map((note) => `  ${mark('inconclusive', paint)} watch: ${note}`).join('\n');
    case 'watch.decided':
      return [
        `  ${body.verdict === 'bad' ? paint('red', '✖') : paint(body.verdict === 'good' ? 'green' : 'yellow', '●')} watch: ${body.reason}`,
        ...body.details.map((line) => `      ${line}`),
      ].join('\n');
    case 'rollout.held':
      return `  ${mark('inconclusive', paint)} ${body.service} held at ${body.fresh} of ${body.of}: ${body.summary}`;
    case 'rollout.widened':
      return `  ${mark('pass', paint)} ${body.service} goes beyond ${body.fresh} of ${body.of}: ${body.summary}`;
    case 'synthetic.ended':
      return [
        `  ${mark(body.failed === 0 ? 'pass' : 'inconclusive', paint)} ${syntheticInWords(body)}`,
        ...body.notes.map((note) => `      ${note}`),
      ].join('\n');
    case 'item.waived':
      return `  ${mark('waived', paint)} ${body.check} waived by ${who(body.by)} until ${body.until}: ${body.reason}`;
    case 'item.refused':
      return `  ${mark('fail', paint)} ${body.item} refused by ${who(body.by)}: ${body.reason}`;
    case 'release.signed':
      return `  ${mark(body.answer === 'approve' ? 'attested' : 'fail', paint)} ${body.role}: ${who(body.by)} ${body.answer === 'approve' ? 'approves' : 'refuses'} (log at ${body.head.slice(0, 12)})${body.reason === '' ? '' : `: ${body.reason}`}`;
    case 'run.waiting':
      return [
        `  ${mark('inconclusive', paint)} waits for ${body.what.length === 1 ? body.what[0] : `${body.what.length} answers`}`,
        `      ${body.next}`,
      ].join('\n');
    case 'run.adopted':
      return `  ${mark('attested', paint)} ${who(body.by)} lets it go on under what has changed (${body.changed.join(', ')}): ${body.reason}`;
    case 'way-back.decided':
      return [
        `  ${mark(body.kind === 'code-only' ? 'pass' : 'inconclusive', paint)} ${wayBackInWords(body)}`,
        ...body.reasons.map((reason) => `      ${reason}`),
      ].join('\n');
    case 'way-back.accepted':
      return `  ${mark('attested', paint)} ${who(body.by)} answers for this way back: ${body.reason}`;
    case 'rollback.proposed':
      return paint(
        ['bold', 'yellow'],
        `? Going back is proposed (${body.severity})${body.until === undefined ? '' : `, at ${new Date(body.until).toISOString()} at the latest`}: ${body.reason}`,
      );
    case 'loss.measured':
      return lossInWords(body)
        .map((line, index) =>
          index === 0
            ? `  ${mark(body.rows === 0 ? 'pass' : 'inconclusive', paint)} ${line}`
            : `      ${line}`,
        )
        .join('\n');
    case 'loss.accepted':
      return `  ${mark('attested', paint)} ${who(body.by)} gives up what was written since the backup: ${body.reason}`;
    case 'rollback.decided':
      return paint(['bold', 'red'], `◂ Rolling back (${body.severity}): ${body.reason}`);
    case 'notified':
      return `  ${mark(body.verdict, paint)} told ${body.notifier}: ${body.kind}${body.verdict === 'pass' ? '' : `, ${body.summary}`}`;
    case 'edge.unread':
      return `  ${mark('inconclusive', paint)} the edge's counts could not be read: ${body.reason}`;
    case 'edge.counted':
      return `  ${mark(body.lost === 0 ? 'pass' : 'fail', paint)} the edge saw ${body.requests.toLocaleString('en-US')} requests, lost: ${body.lost}`;
    case 'release.promoted':
      return paint(['bold', 'green'], `■ promoted: ${body.summary}`);
    case 'run.closed':
      return paint(
        ['bold', body.outcome === 'promoted' ? 'green' : 'red'],
        `■ ${body.outcome}: ${body.summary}`,
      );
    case 'item.attested':
    case 'plan.made':
    case 'step.intended':
    case 'watch.block':
      return undefined;
    default:
      return body satisfies never;
  }
}

function phaseEnded(
  body: Extract<EventBody, { type: 'phase.ended' }>,
  state: RunState,
  paint: Paint,
): string {
  const phase = state.phases.get(body.phase);
  const took = phase?.endedAt === undefined ? '' : time(phase.endedAt - phase.startedAt, paint);
  return `  ${mark(body.verdict, paint)} ${paint('bold', PHASE_TITLES[body.phase])}: ${body.summary}${took}`;
}

function checkSettled(body: Extract<EventBody, { type: 'check.settled' }>, paint: Paint): string {
  const { verdict, summary, next } = body.evidence;
  const line = `  ${mark(verdict, paint)} ${body.check} ${paint('gray', `${verdict === 'pass' ? '' : `${verdict}: `}${summary}`)}`;
  return next === undefined || verdict === 'not-applicable' ? line : `${line}\n      ${paint('gray', next)}`;
}

const titled = (state: RunState, step: string): string => state.steps.get(step)?.title ?? step;
const who = ({ name, demo }: { name: string; demo?: boolean | undefined }): string =>
  demo ? `${name} (demo)` : name;
const time = (milliseconds: number, paint: Paint): string =>
  paint('gray', ` ${formatDuration(milliseconds)}`);

import { formatDuration } from '../../kernel/durations.ts';
import { settles } from '../../kernel/verdict.ts';
import type { EventBody, EventOf, LoggedEvent } from '../../release/events.ts';
import { PHASE_TITLES, type PhaseName } from '../../release/phase-names.ts';
import type { RunState } from '../../release/state.ts';
import { syntheticInWords } from '../../release/synthetic-words.ts';
import { wayBackInWords } from '../../release/way-back-words.ts';
import { formatInstant } from '../instant.ts';
import { nameOf } from '../people.ts';
import { returnTimes } from '../way-back.ts';
import { actionsOf } from './actions.ts';
import { countedIn } from './blocks.ts';
import { inline, instant, table } from './markdown.ts';
import type { Moment, Moments } from './moments.ts';

/** Milliseconds from which on a step back is worth a line of its own. */
const LONG = 1_000;
/** Characters of a line; the whole words stand below, and in the log. */
const CELL = 300;

/** What happened when, in UTC and from T on; without a T, from the opening on. */
export function timeline(
  state: RunState,
  events: readonly LoggedEvent[],
  moments: Moments,
): readonly string[] {
  const lines = [
    ...events.flatMap((event) => lineOf(state, event)),
    ...momentLines(moments),
    ...firstsIn(state, events),
  ].sort((a, b) => a.seq - b.seq);
  const { deployedAt, openedAt } = state;
  const [start, name] = deployedAt === undefined ? [openedAt, 'opening'] : [deployedAt, 'T'];
  return table(
    ['UTC', `from ${name}`, 'what'],
    lines.map(({ at, what }) => [instant(at), offset(at - start, name), inline(what, CELL)]),
  );
}

function offset(milliseconds: number, name: string): string {
  const letter = name === 'T' ? 'T' : '';
  if (milliseconds === 0) return letter === '' ? '0' : letter;
  return `${letter}${milliseconds > 0 ? '+' : ''}${formatDuration(milliseconds)}`;
}

function momentLines({ firstNewReplica, firstSign, outages }: Moments): readonly Moment[] {
  const named = (name: string, moment: Moment | undefined): readonly Moment[] =>
    moment === undefined ? [] : [{ ...moment, what: `${name}: ${moment.what}` }];
  return [
    ...named('first new replica in traffic', firstNewReplica),
    ...named('first sign of trouble', firstSign),
    ...outages.flatMap(({ from, until }) => [
      { ...from, what: 'out of service: the halt takes the first replica out of traffic' },
      ...(until === undefined
        ? []
        : [{ ...until, what: 'in service again: the first replica is in traffic' }]),
    ]),
  ];
}

/** T; when the old version was sent requests again, and when it was alone. */
function firstsIn(state: RunState, events: readonly LoggedEvent[]): readonly Moment[] {
  const { opened, deployedAt } = state;
  const actions = actionsOf(events);
  const old = opened.from?.version ?? 'the old version';
  const aloneAt = returnTimes(state)?.aloneAt;
  const say = (event: LoggedEvent | undefined, what: string): readonly Moment[] =>
    event === undefined ? [] : [{ at: event.at, seq: event.seq, what }];
  const start = events.find(({ at, body }) => at === deployedAt && isStep(body, 'step.intended', 'deploy'));
  const routed = events.find(({ body }) => {
    const action = isStep(body, 'step.done', 'rollback') ? actions.get(body.step) : undefined;
    return action?.verb === 'route' && action.digest === opened.from?.digest;
  });
  const alone = events.findLast(({ at, body }) => at === aloneAt && isStep(body, 'step.done', 'rollback'));
  return [
    ...say(start, 'T: the first effect of the deployment'),
    ...say(routed, `${old} in traffic again: its first replica`),
    ...say(alone, `${old} alone: the last step back is done`),
  ];
}

const isStep = <Type extends 'step.intended' | 'step.done'>(
  body: EventBody,
  type: Type,
  phase: PhaseName,
): body is EventOf<Type> => body.type === type && body.phase === phase;

function lineOf(state: RunState, { at, seq, body }: LoggedEvent): readonly Moment[] {
  const say = (...what: readonly string[]): readonly Moment[] => what.map((one) => ({ at, seq, what: one }));
  switch (body.type) {
    case 'run.opened':
      return say(`opened by ${nameOf(body.by)}`);
    case 'run.resumed':
      return say(`resumed by ${body.by}`);
    case 'run.adopted':
      return say(`${nameOf(body.by)} adopts ${body.changed.join(', ')}: ${body.reason}`);
    case 'phase.started':
      return say(`${PHASE_TITLES[body.phase]} begins`);
    case 'phase.ended':
      return say(`${PHASE_TITLES[body.phase]} ends with ${body.verdict}: ${body.summary}`);
    case 'check.settled':
      return settles(body.evidence.verdict) || isOldWaiver(state, body.check, seq)
        ? []
        : say(`${body.check} ${body.evidence.verdict}: ${body.evidence.summary}`);
    case 'item.waived':
      return isOldWaiver(state, body.check, seq)
        ? []
        : say(`${nameOf(body.by)} waives ${body.check} until ${body.until}: ${body.reason}`);
    case 'step.done':
      return say(...stepDone(state, body));
    case 'step.failed':
      return say(`failed: ${titleOf(state, body.step)}: ${body.fault.message}`);
    case 'watch.began':
      return say('the watch begins', ...body.notes.map((note) => `the watch: ${note}`));
    case 'watch.block':
      return say(...countedIn(body.block, undefined).hard.map((event) => `seen by the watch: ${event}`));
    case 'watch.decided':
      return say(`the watch decides: ${body.reason}`);
    case 'rollout.held':
      return say(`${body.service} is held at ${body.fresh} of ${body.of}: ${body.summary}`);
    case 'rollout.widened':
      return say(`${body.service} goes beyond ${body.fresh} of ${body.of}: ${body.summary}`);
    case 'synthetic.ended':
      return say(syntheticInWords(body));
    case 'edge.unread':
      return say(`the edge could not be read: ${body.reason}`);
    case 'item.refused':
      return say(`${nameOf(body.by)} refuses ${body.item}: ${body.reason}`);
    case 'release.signed':
      return say(`${nameOf(body.by)} signs as ${body.role}: ${body.answer}${after(body.reason)}`);
    case 'run.waiting':
      return say(`waits for ${body.what.join('; ')}`);
    case 'rollback.proposed':
      return say(proposed(body));
    case 'rollback.decided':
      return say(`decision to go back (${body.severity}), by ${body.by}: ${body.reason}`);
    case 'way-back.decided':
      return say(wayBackInWords(body));
    case 'way-back.accepted':
      return say(`${nameOf(body.by)} accepts this way back: ${body.reason}`);
    case 'loss.measured':
      return say(
        `loss by a restore counted: ${body.unknown === undefined ? '' : 'at least '}${body.rows} rows${body.final ? '' : ', still serving'}`,
      );
    case 'loss.accepted':
      return say(`${nameOf(body.by)} accepts the loss: ${body.reason}`);
    case 'notified':
      return say(`${body.notifier} told (${body.kind}): ${body.verdict}, ${body.summary}`);
    case 'release.promoted':
      return say(`promoted: ${body.summary}`);
    case 'run.closed':
      return say(`closed as ${body.outcome}: ${body.summary}`);
    // Told elsewhere, or told by what follows from them.
    case 'plan.made':
    case 'step.intended':
    case 'edge.counted':
    case 'item.attested':
      return [];
    default:
      return body satisfies never;
  }
}

/** Answered for before anything was deployed: it stands among the waivers, and is no part of what happened. */
function isOldWaiver({ waivers, deployedAt }: RunState, check: string, seq: number): boolean {
  const waiver = waivers.get(check);
  return waiver !== undefined && seq <= waiver.seq && deployedAt !== undefined && waiver.at < deployedAt;
}

const titleOf = ({ steps }: RunState, step: string): string => steps.get(step)?.title ?? step;
const after = (reason: string): string => (reason === '' ? '' : `, ${reason}`);

function proposed({ severity, reason, until }: EventOf<'rollback.proposed'>): string {
  const then = until === undefined ? 'waits for a choice' : `by itself at ${formatInstant(until)}`;
  return `going back proposed (${severity}), ${then}: ${reason}`;
}

/** Steps back that took long; of the way forward, what changed the database. */
function stepDone(state: RunState, body: EventOf<'step.done'>): readonly string[] {
  const forward = body.phase === 'migrate' || body.phase === 'rehearse' || body.phase === 'backup';
  const long = body.phase === 'rollback' && body.milliseconds >= LONG;
  if (!forward && !long) return [];
  const time = formatDuration(body.milliseconds);
  return [`${titleOf(state, body.step)}, ${time}: ${body.summary}`];
}

import { formatDuration } from '../../kernel/durations.ts';
import { settles } from '../../kernel/verdict.ts';
import type { EventOf, LoggedEvent } from '../../release/events.ts';
import { PHASE_TITLES } from '../../release/phase-names.ts';
import type { RunState } from '../../release/state.ts';
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
  const told = [...momentLines(state, moments), ...events.flatMap((event) => lineOf(state, event))];
  const replicas = backInTraffic(state, events);
  // Stable, so that what happened in one millisecond keeps the order of the log.
  const lines = [...told, ...replicas].sort((a, b) => a.at - b.at);
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

function momentLines(state: RunState, { firstNewReplica, firstSign, outages }: Moments): readonly Moment[] {
  const old = state.opened.from?.version ?? 'the old version';
  const aloneAt = returnTimes(state)?.aloneAt;
  return [
    ...(state.deployedAt === undefined
      ? []
      : [{ at: state.deployedAt, what: 'T: the first effect of the deployment' }]),
    ...(firstNewReplica === undefined
      ? []
      : [{ at: firstNewReplica.at, what: `first new replica in traffic: ${firstNewReplica.what}` }]),
    ...(firstSign === undefined
      ? []
      : [{ at: firstSign.at, what: `first sign of trouble: ${firstSign.what}` }]),
    ...outages.flatMap(({ from, until }) => [
      { at: from, what: 'out of service: the halt takes the first replica out of traffic' },
      ...(until === undefined
        ? []
        : [{ at: until, what: 'in service again: the first replica is in traffic' }]),
    ]),
    ...(aloneAt === undefined ? [] : [{ at: aloneAt, what: `${old} alone: the last step back is done` }]),
  ];
}

/** When the first replica of the old version was sent requests again. */
function backInTraffic(state: RunState, events: readonly LoggedEvent[]): readonly Moment[] {
  const actions = actionsOf(events);
  const digest = state.opened.from?.digest;
  const first = events.find(({ body }) => {
    if (body.type !== 'step.done' || body.phase !== 'rollback') return false;
    const action = actions.get(body.step);
    return action?.verb === 'route' && action.digest === digest;
  });
  if (first?.body.type !== 'step.done') return [];
  const title = state.steps.get(first.body.step)?.title ?? first.body.step;
  return [{ at: first.at, what: `first replica of the old version in traffic again: ${title}` }];
}

function lineOf(state: RunState, { at, seq, body }: LoggedEvent): readonly Moment[] {
  const say = (...what: readonly string[]): readonly Moment[] => what.map((one) => ({ at, what: one }));
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
      return stepDone(state, at, body);
    case 'step.failed':
      return say(`failed: ${titleOf(state, body.step)}: ${body.fault.message}`);
    case 'watch.block':
      return say(...countedIn(body.block).hard.map((event) => `seen by the watch: ${event}`));
    case 'watch.decided':
      return say(`the watch decides: ${body.reason}`);
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
      return say(`loss by a restore counted: ${body.rows} rows${body.final ? '' : ', still serving'}`);
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
function stepDone(state: RunState, at: number, body: EventOf<'step.done'>): readonly Moment[] {
  const forward = body.phase === 'migrate' || body.phase === 'rehearse' || body.phase === 'backup';
  const long = body.phase === 'rollback' && body.milliseconds >= LONG;
  if (!forward && !long) return [];
  const time = formatDuration(body.milliseconds);
  return [{ at, what: `${titleOf(state, body.step)}, ${time}: ${body.summary}` }];
}

import { settles } from '../../kernel/verdict.ts';
import type { EventOf, LoggedEvent } from '../../release/events.ts';
import { PHASE_TITLES } from '../../release/phase-names.ts';
import { evidenceOf, type RunState } from '../../release/state.ts';
import { actionsOf } from './actions.ts';
import { countedIn, type Places, placesIn } from './blocks.ts';

/** A place in the log. */
export interface Place {
  readonly at: number;
  readonly seq: number;
}

/** What happened there, in plain words. */
export interface Moment extends Place {
  readonly what: string;
}

/** From the first replica that was taken out of traffic to the first that came back. */
export interface Outage {
  readonly from: Place;
  readonly until?: Place;
}

/** The instants on which the times of a post-mortem rest. What the log does not hold is absent. */
export interface Moments {
  readonly firstNewReplica?: Moment;
  readonly firstSign?: Moment;
  /** Times in which the system was halted as a whole, so that its database could be brought back. */
  readonly outages: readonly Outage[];
}

export function momentsOf(state: RunState, events: readonly LoggedEvent[]): Moments {
  const firstNewReplica = findNewReplica(state, events);
  const firstSign = findSign(state, events);
  return {
    ...(firstNewReplica === undefined ? {} : { firstNewReplica }),
    ...(firstSign === undefined ? {} : { firstSign }),
    outages: findOutages(events),
  };
}

function findNewReplica(state: RunState, events: readonly LoggedEvent[]): Moment | undefined {
  const actions = actionsOf(events);
  const { digest } = state.opened.to;
  for (const { at, seq, body } of events) {
    if (body.type !== 'step.done' || body.phase !== 'deploy') continue;
    const action = actions.get(body.step);
    if (action?.verb === 'route' && action.digest === digest) {
      return { at, seq, what: state.steps.get(body.step)?.title ?? body.step };
    }
  }
  return undefined;
}

function findSign(state: RunState, events: readonly LoggedEvent[]): Moment | undefined {
  const places = placesIn(state.watch.terms);
  for (const event of events) {
    const what = signIn(state, event, places);
    if (what !== undefined) return { at: event.at, seq: event.seq, what };
  }
  return undefined;
}

/** Why an event is a sign of trouble. What somebody answered for, or what a later look found mended, is none. */
function signIn(state: RunState, { seq, body }: LoggedEvent, places: Places | undefined): string | undefined {
  switch (body.type) {
    case 'watch.block':
      return signInBlock(state, body.block, places);
    case 'check.settled':
      return body.phase === 'rollback' ? undefined : signInCheck(state, seq, body);
    case 'step.failed':
      return body.phase === 'rollback' || isFromOutside(body)
        ? undefined
        : `${state.steps.get(body.step)?.title ?? body.step}: ${body.fault.message}`;
    case 'phase.ended': {
      const end = state.phases.get(body.phase)?.verdict;
      const mended = end !== undefined && settles(end);
      return body.phase === 'rollback' || settles(body.verdict) || mended
        ? undefined
        : `${PHASE_TITLES[body.phase]} ended with ${body.verdict}: ${body.summary}`;
    }
    case 'rollback.proposed':
    case 'rollback.decided':
      return body.reason;
    default:
      return undefined;
  }
}

function signInBlock({ watch }: RunState, block: unknown, places: Places | undefined): string | undefined {
  const { hard, failed, requests } = countedIn(block, places);
  if (hard.length > 0) return hard.join(', ');
  // A good release has failed requests too.
  if (watch.decided?.verdict !== 'bad' || failed === 0) return undefined;
  return `the watch counts its first failed requests: ${failed} of ${requests}`;
}

function signInCheck(state: RunState, seq: number, body: EventOf<'check.settled'>): string | undefined {
  const { check, evidence } = body;
  const found = evidence.verdict === 'fail' || evidence.verdict === 'error';
  if (!found || state.checks.get(check)?.seq !== seq) return undefined;
  return settles(evidenceOf(state, check)?.verdict ?? evidence.verdict)
    ? undefined
    : `${check} ${evidence.verdict}: ${evidence.summary}`;
}

/** Cut off by the run itself, which says nothing of what was released. */
function isFromOutside({ fault }: EventOf<'step.failed'>): boolean {
  return fault.code === 'cancelled' || fault.code === 'lease-lost';
}

/**
 * A halt is a plan back that only takes traffic away and stops, with the database brought back while nothing serves.
 * The same plan without that only takes away replicas that were too many.
 */
function findOutages(events: readonly LoggedEvent[]): readonly Outage[] {
  const actions = actionsOf(events);
  const halting = new Set<string>();
  const planned = new Set<string>();
  const outages: Outage[] = [];
  let from: Place | undefined;
  let databaseToo = false;
  for (const { at, seq, body } of events) {
    if (body.type === 'plan.made' && body.direction === 'back') {
      const stops = body.steps.every(({ name }) => /^(?:unroute|drain)$/.test(actions.get(name)?.verb ?? ''));
      for (const { name } of body.steps) {
        planned.add(name);
        if (stops) halting.add(name);
      }
    }
    if (body.type === 'step.intended' && body.phase === 'rollback') databaseToo ||= !planned.has(body.step);
    if (body.type !== 'step.done' || body.phase !== 'rollback') continue;
    const verb = actions.get(body.step)?.verb;
    if (verb === 'unroute' && halting.has(body.step)) from ??= { at, seq };
    if (verb !== 'route' || from === undefined) continue;
    if (databaseToo) outages.push({ from, until: { at, seq } });
    from = undefined;
  }
  if (from !== undefined && databaseToo) outages.push({ from });
  return outages;
}

import { HoldpointError } from '../kernel/errors.ts';
import type { EventOf, LoggedEvent } from './events.ts';
import type { EdgeCount, RunState, StepState } from './state.ts';

type Mutable<Value> =
  Value extends ReadonlyMap<infer Key, infer Entry>
    ? Map<Key, Entry>
    : Value extends readonly (infer Entry)[]
      ? Entry[]
      : Value;
type Draft = { -readonly [Key in keyof RunState]: Mutable<RunState[Key]> };

/** A fold that goes on: `state` is always the fold of what was applied so far, and is the same object throughout. */
export interface Fold {
  readonly state: RunState;
  apply(event: LoggedEvent): void;
}

/** The state after a run's events, in order. Throws `not-found` when there are none, `tampered` on a second opening. */
export function fold(events: readonly LoggedEvent[]): RunState {
  return foldFrom(events).state;
}

/** As `fold`, to be carried on as events come. Costs the same for each event, however many came before. */
export function foldFrom(events: readonly LoggedEvent[]): Fold {
  const [first, ...rest] = events;
  if (first?.body.type !== 'run.opened') {
    throw new HoldpointError('not-found', 'the run has no opening event', {
      next: '`holdpoint status` lists the runs.',
    });
  }
  const draft = open(first, first.body);
  const state = draft as RunState;
  const apply = (event: LoggedEvent): void => {
    change(draft, event);
    draft.head = { seq: event.seq, hash: event.hash, at: event.at };
  };
  rest.forEach(apply);
  return { state, apply };
}

function open(event: LoggedEvent, opened: EventOf<'run.opened'>): Draft {
  return {
    run: event.run,
    opened,
    openedAt: event.at,
    head: { seq: event.seq, hash: event.hash, at: event.at },
    phases: new Map(),
    checks: new Map(),
    steps: new Map(),
    plans: [],
    watch: { blocks: [] },
    rollout: [],
    waivers: new Map(),
    attestations: new Map(),
    refusals: new Map(),
    signatures: [],
    waiting: undefined,
    notified: [],
    resumes: 0,
    adoptions: [],
  };
}

function change(draft: Draft, { seq, at, hash, body }: LoggedEvent): void {
  switch (body.type) {
    case 'run.opened':
      throw new HoldpointError('tampered', `run '${draft.run}' was opened twice`);
    case 'run.resumed':
      draft.resumes += 1;
      draft.waiting = undefined;
      return;
    case 'run.adopted': {
      const { specification, checklist, product } = body;
      draft.opened = { ...draft.opened, specification, checklist, product };
      draft.adoptions.push({ ...body, at });
      return;
    }
    case 'phase.started':
      draft.phases.set(body.phase, {
        name: body.phase,
        startedAt: at,
        starts: (draft.phases.get(body.phase)?.starts ?? 0) + 1,
      });
      draft.waiting = undefined;
      return;
    case 'phase.ended': {
      const { phase: name, verdict, summary } = body;
      draft.phases.set(name, {
        name,
        startedAt: draft.phases.get(name)?.startedAt ?? at,
        starts: draft.phases.get(name)?.starts ?? 1,
        endedAt: at,
        verdict,
        summary,
      });
      return;
    }
    case 'check.settled': {
      const { phase, check, evidence, milliseconds, steps } = body;
      draft.checks.set(check, { phase, check, evidence, milliseconds, steps, at, seq, hash });
      return;
    }
    case 'plan.made':
      draft.plans.push({ phase: body.phase, direction: body.direction, steps: body.steps });
      for (const { name, title } of body.steps) {
        if (!draft.steps.has(name))
          draft.steps.set(name, { name, title, phase: body.phase, status: 'planned' });
      }
      return;
    case 'step.intended':
      if (body.phase === 'deploy') draft.deployedAt ??= at;
      changeStep(draft, { name: body.step, title: body.title, phase: body.phase, status: 'intended', at });
      return;
    case 'step.done': {
      const { phase, step: name, summary, milliseconds, result } = body;
      const title = draft.steps.get(name)?.title ?? name;
      changeStep(draft, { name, title, phase, status: 'done', at, summary, milliseconds, result });
      return;
    }
    case 'step.failed': {
      const { phase, step: name, fault, milliseconds } = body;
      const title = draft.steps.get(name)?.title ?? name;
      changeStep(draft, { name, title, phase, status: 'failed', at, fault, milliseconds });
      return;
    }
    case 'watch.began':
      draft.watch = { terms: body.terms, beganAt: at, blocks: [] };
      return;
    case 'watch.block': {
      (draft.watch.blocks as unknown[]).push(body.block);
      const seen = (body.block as { edge?: EdgeCount } | null)?.edge;
      if (seen === undefined) return;
      const { requests = 0, lost = 0 } = draft.edge ?? {};
      draft.edge = { requests: requests + seen.requests, lost: lost + seen.lost };
      return;
    }
    case 'watch.decided':
      draft.watch = { ...draft.watch, decided: { ...body, at } };
      return;
    case 'rollout.held':
    case 'rollout.widened': {
      const { service, fresh, of, summary } = body;
      const kind = body.type === 'rollout.held' ? 'held' : 'widened';
      draft.rollout.push({ kind, at, service, fresh, of, summary });
      return;
    }
    case 'synthetic.ended': {
      const { requests, journeys, failed, seconds, notes } = body;
      const before = draft.synthetic;
      draft.synthetic = {
        requests: requests + (before?.requests ?? 0),
        journeys: journeys + (before?.journeys ?? 0),
        failed: failed + (before?.failed ?? 0),
        seconds: seconds + (before?.seconds ?? 0),
        notes: [...new Set([...(before?.notes ?? []), ...notes])],
      };
      return;
    }
    case 'edge.counted':
      draft.edge = { requests: body.requests, lost: body.lost };
      return;
    case 'edge.unread':
      return;
    case 'item.waived':
      draft.waivers.set(body.check, { by: body.by, reason: body.reason, until: body.until, at, seq, hash });
      return;
    case 'item.attested':
      draft.attestations.set(body.item, { by: body.by, role: body.role, note: body.note, at, hash });
      draft.refusals.delete(body.item);
      return;
    case 'item.refused':
      draft.refusals.set(body.item, { by: body.by, reason: body.reason, at, hash });
      draft.attestations.delete(body.item);
      return;
    case 'release.signed': {
      const { role, by, answer, reason, head } = body;
      draft.signatures.push({ role, by, answer, reason, head, at, hash });
      return;
    }
    case 'release.promoted':
      draft.promoted = { at, summary: body.summary };
      return;
    case 'run.waiting':
      draft.waiting = body;
      return;
    case 'way-back.decided':
      // Whoever accepted another way back has not accepted this one.
      delete draft.wayBackAccepted;
      draft.wayBack = body;
      return;
    case 'way-back.accepted': {
      const { by, reason, lossLimit } = body;
      draft.wayBackAccepted = { by, reason, at, hash, ...(lossLimit === undefined ? {} : { lossLimit }) };
      return;
    }
    case 'rollback.proposed':
      draft.proposal = { ...body, at };
      return;
    case 'rollback.decided':
      draft.rollback = { ...body, at };
      return;
    case 'loss.measured':
      draft.loss = { ...body, at };
      return;
    case 'loss.accepted':
      draft.lossAccepted = { by: body.by, reason: body.reason, at, hash };
      return;
    case 'notified':
      draft.notified.push({ ...body, at });
      return;
    case 'run.closed':
      draft.waiting = undefined;
      draft.closed = { ...body, at };
      return;
    default:
      body satisfies never;
  }
}

const changeStep = (draft: Draft, step: StepState): unknown => draft.steps.set(step.name, step);

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VERDICTS } from '../kernel/verdict.ts';
import type { EventBody, LoggedEvent } from './events.ts';
import { fold, foldFrom } from './fold.ts';
import { seal } from './log/chain.ts';
import { opened } from './log/log.fixture.ts';
import { PHASES } from './phase-names.ts';
import { evidenceOf, type RunState } from './state.ts';

const word = fc.constantFrom('one', 'two', 'three');
const phase = fc.constantFrom(...PHASES);
const verdict = fc.constantFrom(...VERDICTS);
const by = fc.record({ name: word });
const of = <Type extends string, Parts>(
  type: Type,
  parts: { [Key in keyof Parts]: fc.Arbitrary<Parts[Key]> },
) => fc.record({ type: fc.constant(type), ...parts });

/** Any event but an opening, about few enough things that events meet. */
const body = fc.oneof(
  of('run.resumed', { by: word, product: word }),
  of('phase.started', { phase }),
  of('phase.ended', { phase, verdict, summary: word }),
  of('check.settled', {
    phase,
    check: word,
    evidence: fc.record({ verdict, summary: word }),
    milliseconds: fc.nat(),
  }),
  of('plan.made', {
    phase,
    direction: fc.constantFrom('forward' as const, 'back' as const),
    steps: fc.array(fc.record({ name: word, title: word, action: fc.constant(null) })),
  }),
  of('step.intended', { phase, step: word, title: word, fence: fc.nat() }),
  of('step.done', { phase, step: word, summary: word, milliseconds: fc.nat() }),
  of('step.failed', {
    phase,
    step: word,
    fault: fc.record({ code: word, message: word, details: fc.array(word) }),
    milliseconds: fc.nat(),
  }),
  of('watch.block', {
    block: fc.oneof(
      fc.constant(null),
      fc.record({ edge: fc.record({ requests: fc.nat(1_000), lost: fc.nat(9) }) }),
    ),
  }),
  of('watch.decided', {
    verdict: fc.constantFrom('bad' as const, 'good' as const, 'undecided' as const),
    reason: word,
    details: fc.array(word),
  }),
  of('rollout.held', { service: word, fresh: fc.nat(3), of: fc.nat(3), summary: word }),
  of('rollout.widened', { service: word, fresh: fc.nat(3), of: fc.nat(3), summary: word }),
  of('synthetic.ended', {
    requests: fc.nat(),
    journeys: fc.nat(),
    failed: fc.nat(),
    seconds: fc.nat(),
    notes: fc.array(word),
  }),
  of('edge.counted', { requests: fc.nat(), lost: fc.nat() }),
  of('edge.unread', { reason: word }),
  of('item.waived', { check: word, by, reason: word, until: word }),
  of('item.attested', { item: word, by, role: word, note: word }),
  of('item.refused', { item: word, by, reason: word }),
  of('release.signed', {
    role: fc.constantFrom('deployer' as const, 'reviewer' as const, 'approver' as const),
    by,
    answer: fc.constantFrom('approve' as const, 'refuse' as const),
    reason: word,
    head: word,
  }),
  of('run.waiting', { phase, what: fc.array(word), next: word }),
  of('rollback.decided', {
    severity: fc.constantFrom('critical' as const, 'high' as const, 'medium' as const),
    reason: word,
    by: word,
  }),
  of('notified', { notifier: word, kind: word, verdict, summary: word }),
  of('release.promoted', { summary: word }),
  of('run.closed', { outcome: fc.constantFrom('promoted' as const, 'failed' as const), summary: word }),
) as fc.Arbitrary<EventBody>;

function logOf(bodies: readonly EventBody[]): readonly LoggedEvent[] {
  const events = [seal('a', undefined, 0, opened())];
  for (const [index, next] of bodies.entries()) events.push(seal('a', events.at(-1), index + 1, next));
  return events;
}

const logs = fc.array(body, { maxLength: 40 }).map(logOf);
const after = (...bodies: EventBody[]): RunState => fold(logOf(bodies));

test('events that come one by one give the same state as all at once', () => {
  fc.assert(
    fc.property(logs, (events) => {
      const [first, ...rest] = events;
      const folding = foldFrom(first === undefined ? [] : [first]);
      for (const event of rest) folding.apply(event);
      expect(folding.state).toEqual(fold(events));
    }),
  );
});

test('the state of a prefix does not know what comes after it, wherever the log is cut', () => {
  fc.assert(
    fc.property(logs, fc.nat(), (events, cut) => {
      const at = 1 + (cut % events.length);
      const folding = foldFrom(events.slice(0, at));
      const before = structuredClone(folding.state);
      expect(fold(events.slice(0, at))).toEqual(before);
      for (const event of events.slice(at)) folding.apply(event);
      expect(folding.state).toEqual(fold(events));
    }),
  );
});

test('folding changes no event', () => {
  fc.assert(
    fc.property(logs, (events) => {
      const before = structuredClone(events);
      fold(events);
      expect(events).toEqual(before);
    }),
  );
});

test('the head is the last event, and what is kept of each thing is its newest', () => {
  fc.assert(
    fc.property(logs, (events) => {
      const state = fold(events);
      const last = events.at(-1);
      expect(state.head).toEqual({ seq: last?.seq, hash: last?.hash, at: last?.at });
      for (const [check, settled] of state.checks) {
        const newest = events.findLast(
          ({ body: one }) => one.type === 'check.settled' && one.check === check,
        );
        expect(settled.hash).toBe(newest?.hash);
      }
      expect(state.signatures).toHaveLength(
        events.filter(({ body: one }) => one.type === 'release.signed').length,
      );
      for (const item of state.attestations.keys()) expect(state.refusals.has(item)).toBe(false);
    }),
  );
});

test('a log without an opening is no run, and a second opening was never written by us', () => {
  expect(() => fold([])).toThrow(expect.objectContaining({ code: 'not-found' }));
  expect(() => fold(logOf([{ type: 'phase.started', phase: 'deploy' }]).slice(1))).toThrow(
    expect.objectContaining({ code: 'not-found' }),
  );
  expect(() => after(opened())).toThrow(expect.objectContaining({ code: 'tampered' }));
});

test('the deployment begins with the first effect that was intended on the target, and stays there', () => {
  const step = { type: 'step.intended', title: '', fence: 1 } as const;
  const state = after(
    { ...step, phase: 'backup', step: 'backup/create' },
    { ...step, phase: 'deploy', step: 'deploy/0/a' },
    { ...step, phase: 'deploy', step: 'deploy/0/b' },
  );
  expect(state.deployedAt).toBe(2);
});

test('a plan made again after a crash takes nothing from the steps that are done', () => {
  const plan = { type: 'plan.made', phase: 'deploy', direction: 'forward' } as const;
  const steps = [{ name: 'a', title: 'first', action: null }];
  const done = { type: 'step.done', phase: 'deploy', step: 'a', summary: 'there', milliseconds: 1 } as const;
  expect(after({ ...plan, steps }, done, { ...plan, steps }).steps.get('a')).toMatchObject({
    status: 'done',
    title: 'first',
  });
});

test('what the edge counted at the end stands over what was added up on the way', () => {
  const edge = (requests: number, lost: number): EventBody => ({
    type: 'watch.block',
    block: { edge: { requests, lost } },
  });
  expect(after(edge(10, 1), edge(20, 0)).edge).toEqual({ requests: 30, lost: 1 });
  expect(after(edge(10, 1), { type: 'edge.counted', requests: 40, lost: 2 }).edge).toEqual({
    requests: 40,
    lost: 2,
  });
});

test('a waiver stands for what could not be proven, shows what was found, and covers no pass', () => {
  const settled = (found: 'pass' | 'error'): EventBody => ({
    type: 'check.settled',
    phase: 'readiness',
    check: 'one',
    evidence: { verdict: found, summary: 'no answer' },
    milliseconds: 1,
  });
  const waived: EventBody = {
    type: 'item.waived',
    check: 'one',
    by: { name: 'Edsger' },
    reason: 'known',
    until: '2026-04-01',
  };
  expect(evidenceOf(after(settled('error'), waived), 'one')).toMatchObject({
    verdict: 'waived',
    summary: 'by Edsger until 2026-04-01: known',
    details: ['found: error, no answer'],
  });
  expect(evidenceOf(after(settled('pass'), waived), 'one')?.verdict).toBe('pass');
  const over: EventBody = { ...waived, until: '1969-12-31' };
  expect(evidenceOf(after(settled('error'), over), 'one')?.verdict).toBe('error');
  // A waiver is no evidence by itself.
  expect(evidenceOf(after(waived), 'one')).toBeUndefined();
});

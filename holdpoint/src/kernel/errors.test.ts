import { expect, test } from 'vitest';
import { asHoldpointError, type ErrorCode, EXIT, explain, HoldpointError } from './errors.ts';

test('every error has the status that is promised', () => {
  expect(EXIT).toEqual({
    'check-failed': 10,
    tampered: 10,
    'rolled-back': 11,
    waiting: 12,
    'lease-held': 13,
    'lease-lost': 13,
    'evidence-missing': 14,
    usage: 64,
    'not-found': 64,
    conflict: 64,
    configuration: 78,
    'command-failed': 70,
    timeout: 70,
    unreachable: 70,
    internal: 70,
    cancelled: 130,
  } satisfies Record<ErrorCode, number>);
  expect(Object.values(EXIT)).not.toContain(0);
});

test('what was thrown keeps its type, and the unforeseen is our own fault', () => {
  const known = new HoldpointError('conflict', 'two at once', { next: 'Wait.' });
  expect(asHoldpointError(known)).toBe(known);
  const unforeseen = new TypeError('x is not a function');
  expect(asHoldpointError(unforeseen)).toMatchObject({ code: 'internal', cause: unforeseen });
  expect(asHoldpointError('words')).toMatchObject({ code: 'internal', message: 'words' });
  expect(asHoldpointError(undefined)).toMatchObject({ code: 'internal' });
});

test('an abort is a cancellation and a time limit a timeout', () => {
  const aborted = new AbortController();
  aborted.abort();
  expect(asHoldpointError(aborted.signal.reason).code).toBe('cancelled');
  expect(asHoldpointError(new DOMException('too late', 'TimeoutError')).code).toBe('timeout');
});

test('an explanation follows the causes and says nothing twice', () => {
  const root = new Error('connection refused');
  const middle = new Error('fetch failed', { cause: root });
  expect(explain(new HoldpointError('unreachable', 'no answer', { cause: middle }))).toBe(
    'no answer: fetch failed: connection refused',
  );
  expect(explain(new Error('fetch failed: connection refused', { cause: root }))).toBe(
    'fetch failed: connection refused',
  );
  expect(explain('words')).toBe('words');
});

test('an error without words is told by its code, or by its name', () => {
  expect(explain(Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' }))).toBe('ECONNREFUSED');
  expect(explain(new RangeError())).toBe('RangeError');
});

test('causes that lead in a circle, or have no end, still have an explanation', () => {
  const one = new Error('one');
  const two = new Error('two', { cause: one });
  one.cause = two;
  expect(explain(one)).toBe('one: two');
  const self = new Error('self');
  self.cause = self;
  expect(explain(self)).toBe('self');
});

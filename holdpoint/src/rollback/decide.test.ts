import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide, type Failure } from './decide.ts';

const failure = (parts: Partial<Failure>): Failure => ({
  phase: 'verify',
  watchTripped: false,
  proven: true,
  touched: true,
  wayBack: true,
  ...parts,
});

test.each([
  ['deploy', 'critical'],
  ['migrate', 'critical'],
  ['verify', 'high'],
  ['smoke', 'high'],
  ['watch', 'high'],
  ['signoff', 'medium'],
])('a failure of %s takes the release back, as %s', (phase, severity) => {
  expect(decide(failure({ phase }))).toEqual({ kind: 'roll back', severity });
});

test('what the watch has shown to be bad goes back at once, whatever the phase', () => {
  expect(decide(failure({ phase: 'signoff', watchTripped: true }))).toEqual({
    kind: 'roll back',
    severity: 'critical',
  });
});

test('a release goes back exactly when something was changed and there is a version to go back to', () => {
  fc.assert(
    fc.property(
      fc.record({
        phase: fc.constantFrom('readiness', 'migrate', 'deploy', 'verify', 'signoff'),
        watchTripped: fc.boolean(),
        proven: fc.constant(true),
        touched: fc.boolean(),
        wayBack: fc.boolean(),
      }),
      (one) => {
        expect(decide(one).kind).toBe(one.touched && one.wayBack ? 'roll back' : 'stop');
      },
    ),
  );
});

test('a probe that broke takes nothing back and lets nothing on', () => {
  for (const phase of ['verify', 'smoke', 'watch', 'signoff']) {
    expect(decide(failure({ phase, proven: false })).kind).toBe('hold');
    expect(decide(failure({ phase, proven: false, wayBack: false })).kind).toBe('hold');
  }
});

test.each(['deploy', 'migrate'])(
  'a step of %s that cannot reach its end counts against the release',
  (phase) => {
    expect(decide(failure({ phase, proven: false }))).toEqual({ kind: 'roll back', severity: 'critical' });
  },
);

test('a stop says why: nothing was changed, or there is no way back', () => {
  expect(decide(failure({ touched: false }))).toMatchObject({ reason: 'nothing has been changed' });
  expect(decide(failure({ wayBack: false }))).toMatchObject({
    reason: expect.stringContaining('first deployment'),
  });
});

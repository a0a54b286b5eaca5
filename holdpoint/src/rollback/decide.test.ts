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

test('a probe that broke or saw nothing takes nothing back: a person decides', () => {
  for (const phase of ['verify', 'smoke', 'watch', 'signoff']) {
    expect(decide(failure({ phase, proven: false })).kind).toBe('hold');
    expect(decide(failure({ phase, proven: false, watchTripped: true })).kind).toBe('roll back');
  }
});

test('a step that cannot reach its end counts against the release, whatever broke it', () => {
  for (const phase of ['migrate', 'deploy'])
    expect(decide(failure({ phase, proven: false })).kind).toBe('roll back');
});

test('a release never goes back unless something was changed and there is a version to go back to', () => {
  fc.assert(
    fc.property(
      fc.record({
        phase: fc.constantFrom('readiness', 'migrate', 'deploy', 'verify', 'signoff'),
        watchTripped: fc.boolean(),
        proven: fc.boolean(),
        touched: fc.boolean(),
        wayBack: fc.boolean(),
      }),
      (one) => {
        const back = decide(one).kind === 'roll back';
        if (back) expect(one.touched && one.wayBack).toBe(true);
        if (one.touched && one.wayBack && (one.watchTripped || one.proven)) expect(back).toBe(true);
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

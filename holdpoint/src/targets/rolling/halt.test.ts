import { expect, it } from 'vitest';
import { NEW, OLD, replica, world } from './fixtures.ts';
import { halt } from './halt.ts';
import { apply } from './roll.ts';

it('takes the traffic from every replica before it stops the first', () => {
  const before = world(
    replica('backend', OLD, 1),
    replica('backend', NEW, 1),
    replica('worker', NEW, 1, { routed: false }),
  );
  const steps = halt(before);
  expect(steps.map(({ name }) => name)).toEqual([
    'backend/unroute/1.9.0-aaaaaaaa/1',
    'backend/unroute/2.0.0-bbbbbbbb/1',
    'backend/drain/1.9.0-aaaaaaaa/1',
    'backend/drain/2.0.0-bbbbbbbb/1',
    'worker/drain/2.0.0-bbbbbbbb/1',
  ]);
  expect(steps.reduce((now, step) => apply(step, now), before).replicas).toEqual([]);
});

it('has nothing to do where nothing runs', () => {
  expect(halt(world())).toEqual([]);
});

it('says with the step that takes away the last replica of a service for how long it will be missed', () => {
  const alone = { reason: 'all is stopped first', expected: 7_000 };
  const before = world(
    replica('backend', OLD, 1),
    replica('backend', OLD, 2),
    replica('worker', OLD, 1, { routed: false }),
  );
  const steps = halt(before, undefined, [
    { name: 'backend', replicas: 2, routed: true, alone },
    { name: 'worker', replicas: 1, routed: false },
  ]);
  expect(steps.flatMap(({ name, downtime }) => (downtime === undefined ? [] : [[name, downtime]]))).toEqual([
    ['backend/unroute/1.9.0-aaaaaaaa/2', { service: 'backend', ...alone }],
  ]);
});

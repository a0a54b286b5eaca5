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

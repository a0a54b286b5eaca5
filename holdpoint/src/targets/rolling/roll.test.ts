import { describe, expect, it } from 'vitest';
import { replicaId } from '../../kernel/ids.ts';
import { NEW, names, OLD, replica, revision, world } from './fixtures.ts';
import { type RollingService, roll } from './roll.ts';
import { rollingStep } from './steps.ts';

const BACKEND: RollingService = { name: 'backend', replicas: 2, routed: true };
const WORKER: RollingService = { name: 'worker', replicas: 1, routed: false };

const rest = (service: string, slot: number) => [
  `${service}/start/2.0.0-bbbbbbbb/${slot}`,
  `${service}/await-ready/2.0.0-bbbbbbbb/${slot}`,
];

describe('roll', () => {
  it('fills an empty world in the declared order', () => {
    expect(names([BACKEND, WORKER], world())).toEqual([
      ...rest('backend', 1),
      'backend/route/2.0.0-bbbbbbbb/1',
      ...rest('backend', 2),
      'backend/route/2.0.0-bbbbbbbb/2',
      ...rest('worker', 1),
    ]);
  });

  it('replaces replica by replica: the new one serves before an old one goes', () => {
    const from = world(replica('backend', OLD, 1), replica('backend', OLD, 2), replica('worker', OLD, 1));
    expect(names([BACKEND, WORKER], from)).toEqual([
      ...rest('backend', 1),
      'backend/route/2.0.0-bbbbbbbb/1',
      'backend/unroute/1.9.0-aaaaaaaa/1',
      'backend/drain/1.9.0-aaaaaaaa/1',
      ...rest('backend', 2),
      'backend/route/2.0.0-bbbbbbbb/2',
      'backend/unroute/1.9.0-aaaaaaaa/2',
      'backend/drain/1.9.0-aaaaaaaa/2',
      ...rest('worker', 1),
      'worker/drain/1.9.0-aaaaaaaa/1',
    ]);
  });

  it('says a step as data and for people', () => {
    expect(roll([WORKER], world(), NEW)[0]).toEqual({
      name: 'worker/start/2.0.0-bbbbbbbb/1',
      title: 'start worker-1 of 2.0.0',
      action: {
        verb: 'start',
        service: 'worker',
        replica: 'worker-2.0.0-bbbbbbbb-1',
        revision: { version: '2.0.0', digest: 'b'.repeat(64) },
      },
    });
  });

  it('has nothing to do in a world that is there already', () => {
    const there = world(replica('backend', NEW, 1), replica('backend', NEW, 2), replica('worker', NEW, 4));
    expect(names([BACKEND, WORKER], there)).toEqual([]);
  });

  it('rolls a same version of other content, and tells the two apart by name', () => {
    const rebuilt = revision('2.0.0', 'd');
    expect(names([WORKER], world(replica('worker', NEW, 1)), rebuilt)).toEqual([
      'worker/start/2.0.0-dddddddd/1',
      'worker/await-ready/2.0.0-dddddddd/1',
      'worker/drain/2.0.0-bbbbbbbb/1',
    ]);
  });

  it('goes on where a crash left it: started but not ready', () => {
    const from = world(
      replica('backend', OLD, 1),
      replica('backend', OLD, 2),
      replica('backend', NEW, 1, { state: 'starting', routed: false }),
    );
    expect(names([BACKEND], from).slice(0, 3)).toEqual([
      'backend/await-ready/2.0.0-bbbbbbbb/1',
      'backend/route/2.0.0-bbbbbbbb/1',
      'backend/unroute/1.9.0-aaaaaaaa/1',
    ]);
  });

  it('takes traffic from a dead replica at once, and removes it last', () => {
    const from = world(
      replica('backend', OLD, 1, { state: 'dead' }),
      replica('backend', NEW, 1),
      replica('backend', OLD, 2),
    );
    expect(names([BACKEND], from)).toEqual([
      'backend/unroute/1.9.0-aaaaaaaa/1',
      ...rest('backend', 2),
      'backend/route/2.0.0-bbbbbbbb/2',
      'backend/unroute/1.9.0-aaaaaaaa/2',
      'backend/drain/1.9.0-aaaaaaaa/2',
      'backend/drain/1.9.0-aaaaaaaa/1',
    ]);
  });

  it('ends a drain that was begun, and never takes its slot', () => {
    const from = world(replica('worker', NEW, 1, { state: 'draining' }));
    expect(names([WORKER], from)).toEqual(['worker/drain/2.0.0-bbbbbbbb/1', ...rest('worker', 1)]);
    const dead = world(replica('worker', NEW, 1, { state: 'dead' }));
    expect(names([WORKER], dead)).toEqual([...rest('worker', 2), 'worker/drain/2.0.0-bbbbbbbb/1']);
  });

  it('touches no old replica before a new one serves, even when the edge lists none', () => {
    const from = world(
      ...[1, 2, 3].map((slot) => replica('backend', OLD, slot, { routed: false, state: 'starting' })),
    );
    expect(names([BACKEND], from).slice(0, 4)).toEqual([
      ...rest('backend', 1),
      'backend/route/2.0.0-bbbbbbbb/1',
      'backend/drain/1.9.0-aaaaaaaa/1',
    ]);
  });

  it('takes an old one that is not ready before one that serves', () => {
    const left = (service: string) => [
      replica(service, OLD, 1),
      replica(service, OLD, 2, { state: 'starting' }),
      replica(service, NEW, 1),
    ];
    expect(names([BACKEND], world(...left('backend'))).slice(0, 2)).toEqual([
      'backend/unroute/1.9.0-aaaaaaaa/2',
      'backend/drain/1.9.0-aaaaaaaa/2',
    ]);
    expect(names([{ ...WORKER, replicas: 2 }], world(...left('worker'))).slice(0, 2)).toEqual([
      'worker/drain/1.9.0-aaaaaaaa/2',
      'worker/start/2.0.0-bbbbbbbb/2',
    ]);
  });

  it('takes down what a shrunk or renamed service leaves behind', () => {
    const from = world(
      replica('worker', NEW, 1),
      replica('worker', NEW, 2),
      replica('retired', OLD, 1, { routed: true }),
    );
    expect(names([WORKER], from)).toEqual([
      'worker/drain/2.0.0-bbbbbbbb/2',
      'retired/unroute/1.9.0-aaaaaaaa/1',
      'retired/drain/1.9.0-aaaaaaaa/1',
    ]);
  });

  it('says which steps go beyond the first new replica while old ones serve', () => {
    const three = { ...BACKEND, replicas: 3 };
    const from = world(...[1, 2, 3].map((slot) => replica('backend', OLD, slot)), replica('worker', OLD, 1));
    const widening = roll([three, WORKER], from, NEW).flatMap(({ name, widens }) =>
      widens === undefined ? [] : [`${name}: ${widens.service} ${widens.fresh} of ${widens.of}`],
    );
    expect(widening).toEqual([
      'backend/start/2.0.0-bbbbbbbb/2: backend 1 of 3',
      'backend/route/2.0.0-bbbbbbbb/2: backend 1 of 3',
      'backend/start/2.0.0-bbbbbbbb/3: backend 2 of 3',
      'backend/route/2.0.0-bbbbbbbb/3: backend 2 of 3',
    ]);
  });

  it('says, where one replica is all, that taking the old one away widens', () => {
    const from = world(replica('backend', OLD, 1));
    const steps = roll([{ ...BACKEND, replicas: 1 }], from, NEW);
    expect(steps.filter(({ widens }) => widens !== undefined)).toEqual([
      expect.objectContaining({
        name: 'backend/unroute/1.9.0-aaaaaaaa/1',
        widens: { service: 'backend', fresh: 1, of: 1 },
      }),
    ]);
  });

  it('says nothing of the kind where no old one serves, or the edge does not know the service', () => {
    const worlds = [
      world(),
      world(replica('backend', OLD, 1, { state: 'dead' }), replica('backend', NEW, 1)),
      world(replica('backend', OLD, 1, { routed: false }), replica('backend', NEW, 1)),
      world(...[1, 2].map((slot) => replica('worker', OLD, slot))),
    ];
    for (const from of worlds) {
      const steps = roll([BACKEND, { ...WORKER, replicas: 2 }], from, NEW);
      expect(steps.filter(({ widens }) => widens !== undefined)).toEqual([]);
    }
  });

  it('names a replica that came from elsewhere by its whole id', () => {
    const stray = { ...replica('worker', OLD, 1), id: replicaId('worker-by-hand-7') };
    expect(rollingStep('drain', stray).name).toBe('worker/drain/worker-by-hand-7');
  });
});

import { expect, test } from 'vitest';
import { digest, replicaId } from '../kernel/ids.ts';
import type { Replica, ReplicaState } from '../targets/target.ts';
import type { KnownReplica } from './carry.ts';
import { follow, type Listing, UNREADY_LOOKS } from './lifecycle.ts';

const replica = (state: ReplicaState, more: Partial<Replica> = {}): Replica => ({
  id: replicaId('backend-1'),
  service: 'backend',
  revision: { version: '2.0.0', digest: digest('aa') },
  state,
  routed: true,
  startedAt: 1_000,
  pid: 10,
  ...more,
});

function unstarted(state: ReplicaState): Replica {
  const { pid: _pid, ...without } = replica(state);
  return without;
}

const isFresh = ({ revision }: Replica): boolean => revision.version === '2.0.0';

const listed = (
  before: readonly KnownReplica[],
  replicas: readonly Replica[],
  more: Partial<Listing> = {},
): Listing => ({ before, replicas, at: 0, isFresh, resumed: false, ...more });

/** The kinds of events over several looks, each look being the replicas that are listed. */
function events(...looks: Replica[][]): string[] {
  let known = follow(listed([], [])).known;
  return looks.flatMap((replicas) => {
    const life = follow(listed(known, replicas));
    known = life.known;
    return life.hard.map(({ kind }) => kind);
  });
}

test.each<{ name: string; looks: Replica[][]; expected: string[] }>([
  { name: 'nothing happens', looks: [[replica('ready')], [replica('ready')]], expected: [] },
  { name: 'dies', looks: [[replica('ready')], [replica('dead')], [replica('dead')]], expected: ['crashed'] },
  {
    name: 'dies and is cleared away',
    looks: [[replica('ready')], [replica('dead')], []],
    expected: ['crashed'],
  },
  { name: 'vanishes', looks: [[replica('ready')], [], []], expected: ['vanished'] },
  {
    name: 'is drained',
    looks: [[replica('ready')], [replica('draining')], [replica('dead')], []],
    expected: [],
  },
  { name: 'was dead before the watch', looks: [[replica('dead')], []], expected: [] },
  {
    name: 'has another process',
    looks: [[replica('ready')], [replica('ready', { pid: 11 })]],
    expected: ['restarted'],
  },
  {
    name: 'was made at one look and runs at the next',
    looks: [
      [unstarted('starting')],
      [replica('starting', { startedAt: 9_000 })],
      [replica('ready', { startedAt: 9_000 })],
    ],
    expected: [],
  },
  {
    name: 'has no process at one look and another at the next',
    looks: [[replica('ready')], [unstarted('starting')], [replica('ready', { pid: 11, startedAt: 9_000 })]],
    expected: ['restarted'],
  },
  {
    name: 'dies for want of memory',
    looks: [[replica('ready')], [replica('dead', { ended: 'oom-killed' })]],
    expected: ['oom-killed'],
  },
  {
    name: 'is of the old version',
    looks: [[replica('ready', { revision: { version: '1.9.0', digest: digest('bb') } })], []],
    expected: [],
  },
])('a replica that $name: $expected', ({ looks, expected }) => {
  expect(events(...looks)).toStrictEqual(expected);
});

test('without a process id, a later start is a restart and a rounded one is not', () => {
  const at = (startedAt: number): Replica => {
    const { pid: _, ...rest } = replica('ready', { startedAt });
    return rest;
  };
  expect(events([at(1_000)], [at(1_900)])).toStrictEqual([]);
  expect(events([at(1_000)], [at(9_000)])).toStrictEqual(['restarted']);
});

test('readiness may be lost for a few looks; one more is an event, told once', () => {
  const lost = (looks: number) => Array.from({ length: looks }, () => [replica('starting')]);
  expect(events([replica('ready')], ...lost(UNREADY_LOOKS), [replica('ready')])).toStrictEqual([]);
  expect(events([replica('ready')], ...lost(UNREADY_LOOKS + 1))).toStrictEqual(['unready']);
  expect(events([replica('ready')], ...lost(UNREADY_LOOKS + 5))).toStrictEqual(['unready']);
  expect(events(...lost(50))).toStrictEqual([]);
});

test('readiness that old and new lose together is no event, until the old ones have it again', () => {
  const OLD = { id: replicaId('backend-9'), revision: { version: '1.9.0', digest: digest('bb') } };
  const both = (fresh: ReplicaState, old: ReplicaState) => [replica(fresh), replica(old, OLD)];
  const shared = Array.from({ length: 30 }, () => both('starting', 'starting'));
  const alone = Array.from({ length: UNREADY_LOOKS + 1 }, () => both('starting', 'ready'));
  expect(events(both('ready', 'ready'), ...shared, both('ready', 'ready'))).toStrictEqual([]);
  expect(events(both('ready', 'ready'), ...shared, ...alone)).toStrictEqual(['unready']);
});

test('what is gone after a restart of the watch is noted, since nobody can tell who stopped it', () => {
  const { known } = follow(listed([], [replica('ready')]));
  const life = follow(listed(known, [], { resumed: true }));
  expect(life.hard).toStrictEqual([]);
  expect(life.notes).toStrictEqual(['backend-1 vanished while nobody watched']);
});

test('a replica is ready since the look that found it so first, whatever becomes of its readiness later', () => {
  let known: readonly KnownReplica[] = [];
  const states: ReplicaState[] = ['starting', 'ready', 'starting', 'ready'];
  const since = states.map((state, look) => {
    known = follow(listed(known, [replica(state)], { at: look * 5_000 })).known;
    return known[0]?.readyAt;
  });
  expect(since).toStrictEqual([undefined, 5_000, 5_000, 5_000]);
});

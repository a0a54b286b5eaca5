import { expect, test } from 'vitest';
import { digest, replicaId } from '../kernel/ids.ts';
import type { Replica } from '../targets/target.ts';
import type { Objective } from './objective.ts';
import { record } from './recorder.ts';
import type { Source } from './sources/source.ts';

const OBJECTIVES: readonly Objective[] = [
  { id: 'errors', kind: 'errors', services: undefined, allowed: 0.01 },
  { id: 'memory', kind: 'memory', services: undefined, limit: 0.8 },
];
const OLD: Replica = {
  id: replicaId('backend-1'),
  service: 'backend',
  revision: { version: '1.9.0', digest: digest('bb') },
  state: 'ready',
  routed: true,
  startedAt: 0,
};

/** A replica that answers 10 requests a second, one of them badly, and uses a tenth more memory at every other look. */
function setUp(looks: number, look?: Source['look']) {
  let now = 600_000;
  const reached = Promise.withResolvers<void>();
  const recorder = record({
    objectives: OBJECTIVES,
    interval: 5_000,
    revision: OLD.revision.digest,
    deployedAt: Number.POSITIVE_INFINITY,
    terms: { tails: {}, warmUp: 0 },
    replicas: async () => [OLD],
    source: {
      look:
        look ??
        (async ([replica]) => {
          const seconds = now / 1_000;
          const events = seconds;
          const counted = {
            kind: 'counted' as const,
            trials: seconds * 10,
            events,
            eventsForGood: events,
            tails: [],
          };
          const level = (now / 5_000) % 2 === 0 ? 0.4 : 0.5;
          return replica === undefined
            ? []
            : [
                {
                  replica: replica.id,
                  at: now,
                  answer: {
                    kind: 'answer',
                    readings: { errors: counted, memory: { kind: 'level', level } },
                    processStart: 1,
                    notes: [],
                  },
                },
              ];
        }),
      tails: async () => ({}),
    },
    clock: {
      now: () => now,
      wait: async (milliseconds, signal) => {
        signal?.throwIfAborted();
        now += milliseconds;
        if (now < 600_000 + looks * 5_000) return;
        reached.resolve();
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
      },
    },
    signal: new AbortController().signal,
  });
  return { recorder, reached: reached.promise };
}

test('what the serving version counted while the release was prepared is its history, in bins of a minute', async () => {
  const { recorder, reached } = setUp(25);
  await reached;
  const { counted, levels } = await recorder.stop();
  expect(counted['errors']).toStrictEqual([
    { events: 55, trials: 550 },
    { events: 60, trials: 600 },
    { events: 5, trials: 50 },
  ]);
  expect(levels['memory']?.slice(0, 3)).toStrictEqual([0.5, 0.4, 0.5]);
});

test('only the last hour counts', async () => {
  const { recorder, reached } = setUp(1_000);
  await reached;
  const { counted, levels } = await recorder.stop();
  expect(levels['memory']).toHaveLength(720);
  expect(counted['errors']?.reduce((sum, { trials }) => sum + trials, 0)).toBe(36_000);
});

test('metrics that cannot be read leave no history, and break nothing', async () => {
  const { recorder, reached } = setUp(3, async () => {
    throw new Error('nobody is there');
  });
  await reached;
  expect(await recorder.stop()).toStrictEqual({
    counted: { errors: [{ events: 0, trials: 0 }] },
    levels: {},
  });
});

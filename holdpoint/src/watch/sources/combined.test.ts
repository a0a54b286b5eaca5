import { expect, test } from 'vitest';
import { HoldpointError } from '../../kernel/errors.ts';
import { digest, replicaId } from '../../kernel/ids.ts';
import type { Replica } from '../../targets/target.ts';
import type { Remembered } from '../carry.ts';
import { countSince } from '../counters.ts';
import type { Objective } from '../objective.ts';
import { combined } from './combined.ts';
import type { Answer, NoAnswer, Reading, Source, Tails } from './source.ts';

const OBJECTIVES: readonly Objective[] = [
  { id: 'errors', kind: 'errors', allowed: 0.01, services: undefined },
  { id: 'cpu', kind: 'cpu', limit: 0.7, services: undefined },
];
const replica = (name: string, service = 'backend'): Replica => ({
  id: replicaId(name),
  service,
  revision: { version: '2.0.0', digest: digest('aa') },
  state: 'ready',
  address: '127.0.0.1:1',
  routed: true,
  startedAt: 0,
});
const BACKEND = replica('backend-1');
const WORKER = replica('worker-1', 'worker');

const counted = (trials: number, events = 0): Reading => ({
  kind: 'counted',
  trials,
  events,
  eventsForGood: events,
  tails: [],
});
const answer = (
  readings: Answer['readings'],
  processStart: number | null = null,
  ...notes: string[]
): Answer => ({
  kind: 'answer',
  readings,
  processStart,
  notes,
});

/** A source that tells what it is told to. */
function telling(at: number, tails: Tails = {}) {
  const said = new Map<string, Answer | NoAnswer>();
  let failure: Error | undefined;
  const source: Source = {
    look: async (replicas) => {
      if (failure !== undefined) throw failure;
      return replicas.flatMap(({ id }) => {
        const told = said.get(id);
        return told === undefined ? [] : [{ replica: id, at, answer: told }];
      });
    },
    tails: async () => tails,
  };
  return {
    source,
    say: ({ id }: Replica, told: Answer | NoAnswer) => said.set(id, told),
    fail: (error: Error | undefined) => {
      failure = error;
    },
  };
}

function place() {
  const edge = telling(2_000, { latency: [137] });
  const own = telling(1_000, { latency: [100, 250], other: [5] });
  const source = combined({
    requests: edge.source,
    others: own.source,
    objectives: OBJECTIVES,
    services: ['backend'],
  });
  return { edge, own, source };
}

test('requests are those of the edge, all else is the replicas’ own; services that do not pass it keep theirs', async () => {
  const { edge, own, source } = place();
  edge.say(BACKEND, answer({ errors: counted(5) }, null, 'from the edge'));
  own.say(BACKEND, answer({ errors: counted(900), cpu: { kind: 'slope', total: 3 } }, 7, 'its own'));
  own.say(WORKER, answer({ errors: counted(20) }, 8));
  expect(await source.look([BACKEND, WORKER], {})).toStrictEqual([
    {
      replica: 'backend-1',
      at: 1_000,
      answer: answer({ cpu: { kind: 'slope', total: 3 }, errors: counted(5) }, 7, 'from the edge', 'its own'),
    },
    { replica: 'worker-1', at: 1_000, answer: answer({ errors: counted(20) }, 8) },
  ]);
});

test('a request objective that the edge cannot tell is never taken from the replica instead', async () => {
  const { edge, own, source } = place();
  edge.say(BACKEND, answer({}, null, 'not told'));
  own.say(BACKEND, answer({ errors: counted(900) }, 7));
  const [sample] = await source.look([BACKEND], {});
  expect(sample?.answer).toStrictEqual(answer({}, 7, 'not told'));
});

test('requests are counted on while the metrics of a replica hang, and the process is not taken for another', async () => {
  const { edge, own, source } = place();
  let remembered: Remembered | undefined;
  const errors = async () => {
    const [sample] = await source.look([BACKEND], {});
    if (sample?.answer.kind !== 'answer') return expect.fail('no answer');
    const { delta, last } = countSince(remembered, sample.answer, sample.at, false);
    remembered = last;
    return delta?.readings['errors'];
  };
  edge.say(BACKEND, answer({ errors: counted(100, 10) }));
  own.say(BACKEND, answer({}, 50));
  expect(await errors()).toBeUndefined();
  own.say(BACKEND, { kind: 'no answer', reason: 'hangs' });
  edge.say(BACKEND, answer({ errors: counted(110, 12) }));
  expect(await errors()).toMatchObject({ trials: 10, events: 2 });
  own.say(BACKEND, answer({}, 50));
  edge.say(BACKEND, answer({ errors: counted(111, 12) }));
  expect(await errors()).toMatchObject({ trials: 1, events: 0 });
  // Another process: the edge's totals go on, and must not count again.
  own.say(BACKEND, answer({}, 90));
  edge.say(BACKEND, answer({ errors: counted(115, 15) }));
  expect(await errors()).toMatchObject({ trials: 4, events: 3 });
  edge.say(BACKEND, answer({ errors: counted(120, 15) }));
  expect(await errors()).toMatchObject({ trials: 5, events: 0 });
  own.say(BACKEND, answer({}, 130));
  edge.say(BACKEND, answer({ errors: counted(121, 16) }));
  expect(await errors()).toMatchObject({ trials: 1, events: 1 });
});

test('a restart of ours counts nothing twice: totals of the edge begin anew in a process that did not', async () => {
  const first = place();
  first.edge.say(BACKEND, answer({ errors: counted(100, 10) }));
  first.own.say(BACKEND, answer({}, 50));
  const [before] = await first.source.look([BACKEND], {});
  if (before?.answer.kind !== 'answer') return expect.fail('no answer');
  const { last } = countSince(undefined, before.answer, before.at, false);
  const second = place();
  second.edge.say(BACKEND, answer({ errors: counted(0) }));
  second.own.say(BACKEND, answer({}, 50));
  const [after] = await second.source.look([BACKEND], {});
  if (after?.answer.kind !== 'answer') return expect.fail('no answer');
  const resumed = countSince(last, after.answer, after.at, false);
  expect(resumed.delta).toBeUndefined();
  expect(resumed.last.readings['errors']).toMatchObject({ trials: 0 });
});

test('while one of the two cannot be read the other is, and it is said; without both there is no look', async () => {
  const { edge, own, source } = place();
  edge.say(BACKEND, answer({ errors: counted(5) }));
  own.say(BACKEND, answer({ errors: counted(900), cpu: { kind: 'slope', total: 3 } }, 7));
  edge.fail(new HoldpointError('evidence-missing', 'the log is gone'));
  expect((await source.look([BACKEND], {})).map((one) => one.answer)).toStrictEqual([
    answer({ cpu: { kind: 'slope', total: 3 } }, 7, 'the log is gone'),
  ]);
  edge.fail(undefined);
  own.fail(new HoldpointError('unreachable', 'nobody answers'));
  expect((await source.look([BACKEND], {})).map((one) => one.answer)).toStrictEqual([
    answer({ errors: counted(5) }, 7, 'nobody answers'),
  ]);
  edge.fail(new HoldpointError('evidence-missing', 'the log is gone'));
  await expect(source.look([BACKEND], {})).rejects.toThrow('the log is gone');
});

test('latencies are cut where the edge says, where it can', async () => {
  expect(await place().source.tails([BACKEND])).toStrictEqual({ latency: [137], other: [5] });
});

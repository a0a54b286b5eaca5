import { expect, test } from 'vitest';
import { steppingClock } from '../kernel/clock.fixture.ts';
import type { Clock } from '../kernel/clock.ts';
import { digest, replicaId } from '../kernel/ids.ts';
import type { Replica } from '../targets/target.ts';
import { type Block, type Counts, readBlock, writeBlock } from './block.ts';
import type { Carry } from './carry.ts';
import { NO_HISTORY } from './history.ts';
import { objectivesOf, watchSettings } from './settings.ts';
import type { Sample, Source } from './sources/source.ts';
import { termsOf } from './terms.ts';
import { type Watch, watch } from './watch.ts';

const NEW = digest('aa');
const START = 1_000_000;
const SETTINGS = watchSettings.parse({ window: '10m', services: ['backend'] });
const OBJECTIVES = objectivesOf(SETTINGS);
const TERMS = termsOf(SETTINGS, OBJECTIVES, { beside: false, history: NO_HISTORY, tails: {} });

const replicaOf = (name: string, more: Partial<Replica> = {}): Replica => ({
  id: replicaId(name),
  service: 'backend',
  revision: { version: '2.0.0', digest: NEW },
  state: 'ready',
  routed: true,
  startedAt: START - 60_000,
  pid: 1,
  ...more,
});
const THREE = [replicaOf('backend-1'), replicaOf('backend-2'), replicaOf('backend-3')];

/** Replicas that answer 17 requests a second each, of which a share fails, since they were started. */
function service(clock: Clock, errors: number): Source {
  return {
    look: async (replicas) =>
      replicas.map((replica): Sample => {
        const seconds = (clock.now() - replica.startedAt) / 1_000;
        const requests = Math.round(17 * seconds);
        const failed = Math.round(requests * (replica.revision.digest === NEW ? errors : 0));
        const counted = (events: number) => ({
          kind: 'counted' as const,
          trials: requests,
          events,
          eventsForGood: events,
          tails: [],
        });
        const readings = {
          errors: counted(failed),
          latency: counted(0),
          cpu: { kind: 'slope' as const, total: seconds * 0.3 },
          memory: { kind: 'level' as const, level: 0.4 },
        };
        const answer = { kind: 'answer' as const, readings, processStart: null, notes: [] };
        return { replica: replica.id, at: clock.now(), answer };
      }),
    tails: async () => ({}),
  };
}

function errorsOf(block: Block | undefined): Counts | undefined {
  const seen = block?.seen[0];
  return seen?.kind === 'counted' ? seen.fresh : undefined;
}

function setUp(more: Partial<Watch> & { errors?: number } = {}) {
  const clock = steppingClock(START);
  const blocks: Block[] = [];
  const good: number[] = [];
  let kept: readonly Carry[] = [];
  const watching: Watch = {
    terms: TERMS,
    objectives: OBJECTIVES,
    interval: SETTINGS.interval,
    revision: NEW,
    deployedAt: START - 120_000,
    replicas: async () => THREE,
    source: service(clock, more.errors ?? 0),
    clock,
    signal: new AbortController().signal,
    replay: [],
    onBlock: async (block) => {
      blocks.push(block);
    },
    carries: {
      read: async () => kept,
      keep: async (carries) => {
        kept = carries;
      },
    },
    onDecision: ({ verdict }, block) => {
      if (verdict === 'good' && block !== undefined) good.push(block.at);
    },
    ...more,
  };
  return { watching, blocks, good, clock };
}

test('a healthy release is reported good early, and watched until the window ends', async () => {
  const { watching, blocks, good } = setUp();
  const result = await watch(watching);
  expect(result.verdict).toBe('good');
  expect(result.at).toBe(START + 600_000);
  expect(blocks).toHaveLength(121);
  expect(good[0]).toBeLessThanOrEqual(START + 65_000);
  expect(result.perMetric).toHaveLength(4);
});

test('counts begin at the start of each replica, so errors before the first look are not lost', async () => {
  const { watching, blocks } = setUp({ errors: 0.1 });
  await watch(watching);
  expect(errorsOf(blocks[0])).toMatchObject({ events: 3 * 102, trials: 3 * 1_020 });
});

test('3 % errors are called bad in under half a minute, in words', async () => {
  const { watching } = setUp({ errors: 0.03 });
  const result = await watch(watching);
  expect(result.verdict).toBe('bad');
  expect(result.at - START).toBeLessThanOrEqual(30_000);
  expect(result.reason).toMatch(
    /^bad: errors: 3\.\d % of [\d,]+ requests failed, limit 1 %; odds against chance [\d,]+ : 1/,
  );
});

test('the old version is watched beside the new one, and services that are not watched are not asked', async () => {
  const old = replicaOf('backend-9', { revision: { version: '1.9.0', digest: digest('bb') } });
  const other = replicaOf('worker-1', { service: 'worker' });
  const terms = termsOf(SETTINGS, OBJECTIVES, { beside: true, history: NO_HISTORY, tails: {} });
  const { watching, blocks } = setUp({ replicas: async () => [...THREE, old, other], terms });
  const result = await watch(watching);
  expect(blocks.every(({ asked }) => asked === 3)).toBe(true);
  expect(blocks[1]?.seen[0]).toMatchObject({ fresh: { trials: 255 }, old: { trials: 85, events: 0 } });
  expect(result.decision.objectives[0]?.tally.beside).toMatchObject({ oldEvents: 0 });
});

test('a replica of the release that dies ends the watch at once, whatever its service', async () => {
  const { watching, clock } = setUp();
  const dying = {
    ...watching,
    replicas: async () => [
      ...THREE,
      replicaOf('worker-1', { service: 'worker', state: clock.now() > START + 30_000 ? 'dead' : 'ready' }),
    ],
  };
  const result = await watch(dying);
  expect(result).toMatchObject({ verdict: 'bad', at: START + 35_000, reason: 'bad: worker-1 died' });
});

test('without data nothing is good, and the reason says what is missing', async () => {
  const silent: Source = {
    look: async (replicas) =>
      replicas.map(({ id }) => ({
        replica: id,
        at: START,
        answer: { kind: 'no answer', reason: 'refused' },
      })),
    tails: async () => ({}),
  };
  const { watching, blocks, good } = setUp({ source: silent });
  const result = await watch(watching);
  expect(result.verdict).toBe('undecided');
  expect(result.reason).toMatch(/errors has no data and needs about [\d,]+ more requests/);
  expect(good).toStrictEqual([]);
  expect(blocks[0]).toMatchObject({ asked: 3, answered: 0 });
  expect(blocks[0]?.notes).toContain('backend-1: refused');
});

test('no traffic is undecided, not good', async () => {
  const { watching } = setUp();
  const idle: Source = {
    look: async (replicas, tails) =>
      (await watching.source.look(replicas, tails)).map((sample) => {
        if (sample.answer.kind === 'no answer') return sample;
        const { cpu, memory } = sample.answer.readings;
        const none = { kind: 'counted' as const, trials: 0, events: 0, eventsForGood: 0, tails: [] };
        const readings = {
          errors: none,
          latency: none,
          ...(cpu === undefined ? {} : { cpu }),
          ...(memory === undefined ? {} : { memory }),
        };
        return { ...sample, answer: { ...sample.answer, readings } };
      }),
    tails: async () => ({}),
  };
  expect((await watch({ ...watching, source: idle })).verdict).toBe('undecided');
});

test('what breaks at one look is a note and a gap of nothing; the counts are made up for at the next', async () => {
  const { watching, blocks } = setUp();
  let looks = 0;
  const broken = async () => {
    looks += 1;
    if (looks === 3) throw new Error('engine is away');
    return THREE;
  };
  const edge = async () => {
    throw new Error('edge is away');
  };
  const result = await watch({ ...watching, replicas: broken, edge });
  expect(result.verdict).toBe('good');
  expect(blocks[2]).toMatchObject({ asked: 0, hard: [] });
  expect(errorsOf(blocks[2])?.trials).toBe(0);
  expect(blocks[2]?.notes.join()).toMatch(/replicas cannot be listed: engine is away/);
  expect(blocks[0]?.notes).toContain('the edge cannot be read: edge is away');
  expect(errorsOf(blocks[3])?.trials).toBe(3 * 170);
});

test('a look that takes too long is one longer block, and the beat is kept', async () => {
  const { watching, blocks, clock } = setUp();
  let looks = 0;
  const slow = async () => {
    looks += 1;
    if (looks === 3) clock.pass(12_000);
    return THREE;
  };
  await watch({ ...watching, replicas: slow });
  expect(blocks.slice(0, 5).map(({ at, gap }) => [at - START, gap])).toStrictEqual([
    [0, false],
    [5_000, false],
    [22_000, true],
    [25_000, false],
    [30_000, false],
  ]);
});

test('a watch that was cut off goes on with the same window, and counts nothing twice', async () => {
  const whole = setUp({ errors: 0.004 });
  const expected = await watch(whole.watching);

  const stopping = new AbortController();
  const first = setUp({ errors: 0.004, signal: stopping.signal });
  const stopAfter = async (block: Block) => {
    first.blocks.push(block);
    if (first.blocks.length === 30) stopping.abort(new Error('stopped'));
  };
  await expect(watch({ ...first.watching, onBlock: stopAfter })).rejects.toThrow('stopped');

  const replay = first.blocks.map((block) => readBlock(JSON.parse(JSON.stringify(writeBlock(block)))));
  first.clock.pass(4 * 5_000);
  const second = { ...first.watching, signal: new AbortController().signal, replay };
  const result = await watch(second);
  expect(result.at).toBe(expected.at);
  const counted = ({ decision }: typeof result) => decision.objectives[0]?.tally;
  expect(counted(result)?.trials).toBe(counted(expected)?.trials);
  expect(counted(result)?.events).toBe(counted(expected)?.events);
  expect(first.blocks[30]).toMatchObject({ gap: true, milliseconds: 25_000 });
});

test('killed between keeping and recording, the next process goes on from the block that was recorded', async () => {
  const rig = setUp({ errors: 0.004 });
  const dying = async (block: Block) => {
    if (rig.blocks.length === 10) throw new Error('killed');
    rig.blocks.push(block);
  };
  await expect(watch({ ...rig.watching, onBlock: dying })).rejects.toThrow('killed');
  const result = await watch({ ...rig.watching, replay: [...rig.blocks] });
  const whole = await watch(setUp({ errors: 0.004 }).watching);
  expect(result.decision.objectives[0]?.tally).toStrictEqual(whole.decision.objectives[0]?.tally);
});

test('without what the last process left, the next look is a baseline and counts nothing twice', async () => {
  const rig = setUp({ errors: 0.004 });
  const dying = async (block: Block) => {
    if (rig.blocks.length === 10) throw new Error('killed');
    rig.blocks.push(block);
  };
  await expect(watch({ ...rig.watching, onBlock: dying })).rejects.toThrow('killed');
  const carries = { read: async () => [], keep: async () => {} };
  await watch({ ...rig.watching, replay: [...rig.blocks], carries });
  expect(errorsOf(rig.blocks[10])?.trials).toBe(0);
  expect(errorsOf(rig.blocks[11])?.trials).toBe(3 * 85);
});

test('a recorded bad end is believed without another look', async () => {
  const bad = setUp({ errors: 0.5 });
  const before = await watch(bad.watching);
  const again = setUp({ replay: bad.blocks });
  const result = await watch(again.watching);
  expect(result).toStrictEqual(before);
  expect(again.blocks).toStrictEqual([]);
});

test('the gate believes a block only after it was recorded', async () => {
  const { watching } = setUp({ errors: 0.5 });
  const failing = async () => {
    throw new Error('disk full');
  };
  await expect(watch({ ...watching, onBlock: failing })).rejects.toThrow('disk full');
});

test('what the edge saw is counted from the beginning of the watch, over a restart of the edge', async () => {
  const { watching, blocks } = setUp();
  const totals = [
    { requests: 500, lost: 2 },
    { requests: 600, lost: 2 },
    { requests: 40, lost: 1 },
  ];
  const edge = async () => totals.shift() ?? { requests: 50, lost: 1 };
  await watch({ ...watching, edge });
  expect(blocks.slice(0, 4).map((block) => [block.edge?.requests, block.edge?.lost])).toStrictEqual([
    [0, 0],
    [100, 0],
    [40, 1],
    [10, 0],
  ]);
});

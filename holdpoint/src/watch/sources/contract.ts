import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Replica } from '../../targets/target.ts';
import type { Remembered } from '../carry.ts';
import { countSince } from '../counters.ts';
import type { Objective } from '../objective.ts';
import type { Served } from './exposing.fixture.ts';
import type { Sample, Source, Tails } from './source.ts';

/** Replicas that serve, and a source that reads them, for one test. */
export interface SourceRig {
  readonly source: Source;
  /** Replicas in the order in which they were asked for; each runs when this returns. */
  start(version?: string): Promise<Replica>;
  /** What a replica has served. */
  serve(replica: Replica, requests: readonly Served[]): Promise<void>;
  /** The process is another one from here on, at the same address and by the same name. */
  restart(replica: Replica): Promise<void>;
  /** Nobody is there any more. */
  stop(replica: Replica): Promise<void>;
  /** What it tells of its requests cannot be read from here on. */
  garble(replica: Replica): Promise<void>;
  mend(replica: Replica): Promise<void>;
  /** What it tells, it tells twice. */
  repeat(replica: Replica): Promise<void>;
  /** Resolves when the source can have seen everything that has happened so far. */
  settled(replicas: readonly Replica[]): Promise<void>;
  close(): Promise<void>;
}

export interface SourceTraits {
  /** Whether requests are told by the replicas themselves, so that one that is gone tells nothing. */
  readonly fromReplicas: boolean;
}

export const CONTRACT_OBJECTIVES: readonly Objective[] = [
  { id: 'errors', kind: 'errors', allowed: 0.01, services: undefined },
  {
    id: 'latency',
    kind: 'latency',
    series: 'http_request_duration_seconds',
    quantile: 0.95,
    limit: 500,
    services: undefined,
  },
];

const served = (count: number, status = 200, milliseconds = 40, route = '/'): readonly Served[] =>
  Array.from({ length: count }, () => ({ status, milliseconds, route }));

/** What every source must do: what it tells is counted as the watch counts it, and nothing is counted twice. */
export function describeSourceContract(
  name: string,
  traits: SourceTraits,
  makeRig: () => Promise<SourceRig>,
): void {
  describe(`source contract: ${name}`, () => {
    let rig: SourceRig;
    let remembered: Map<string, Remembered>;
    beforeEach(async () => {
      rig = await makeRig();
      remembered = new Map();
    });
    afterEach(() => rig?.close());

    const look = async (replicas: readonly Replica[], tails: Tails = {}) => {
      await rig.settled(replicas);
      return await rig.source.look(replicas, tails);
    };
    /** Events among trials, by objective, since the last time; undefined for a replica that only got its baseline. */
    const counted = async (replica: Replica, tails: Tails = {}) => {
      const [sample] = await look([replica], tails);
      const answer = sample?.answer;
      if (sample === undefined || answer?.kind !== 'answer') return expect.fail(JSON.stringify(answer));
      const { delta, last } = countSince(remembered.get(replica.id), answer, sample.at, false);
      remembered.set(replica.id, last);
      const told = Object.entries(delta?.readings ?? {}).flatMap(([id, reading]) =>
        reading.kind === 'counted' ? [[id, [reading.events, reading.trials, ...reading.tails]] as const] : [],
      );
      return delta === undefined ? undefined : Object.fromEntries(told);
    };
    const answerOf = (samples: readonly Sample[], { id }: Replica) =>
      samples.find(({ replica }) => replica === id)?.answer;

    test('what was served between two looks is counted once', async () => {
      const replica = await rig.start();
      await rig.serve(replica, served(1));
      expect(await counted(replica)).toBeUndefined();
      await rig.serve(replica, [
        ...served(20),
        ...served(3, 503),
        ...served(2, 404),
        ...served(4, 200, 2_000),
      ]);
      expect(await counted(replica)).toStrictEqual({ errors: [3, 29], latency: [4, 29] });
      expect(await counted(replica)).toStrictEqual({ errors: [0, 0], latency: [0, 0] });
      await rig.serve(replica, served(5, 500));
      expect(await counted(replica)).toStrictEqual({ errors: [5, 5], latency: [0, 5] });
    });

    test('two replicas of two versions are told apart', async () => {
      const [old, fresh] = [await rig.start('1.9.0'), await rig.start('2.0.0')];
      await rig.serve(old, served(1));
      await rig.serve(fresh, served(1));
      await look([old, fresh]);
      await counted(old);
      await counted(fresh);
      await rig.serve(old, served(10));
      await rig.serve(fresh, served(7, 500));
      const samples = await look([old, fresh]);
      expect(samples.map(({ replica }) => replica).sort()).toStrictEqual([old.id, fresh.id].sort());
      expect(await counted(old)).toMatchObject({ errors: [0, 10] });
      expect(await counted(fresh)).toMatchObject({ errors: [7, 7] });
    });

    test('a process that is replaced by another of the same name loses no request and counts none twice', async () => {
      const replica = await rig.start();
      await rig.serve(replica, served(50, 500));
      await counted(replica);
      await rig.restart(replica);
      await rig.serve(replica, served(3, 500));
      expect(await counted(replica)).toMatchObject({ errors: [3, 3] });
      await rig.serve(replica, served(2));
      expect(await counted(replica)).toMatchObject({ errors: [0, 2] });
    });

    test('a replica that is gone is a sample that says why, or that nothing was added, and the others are read', async () => {
      const [gone, other] = [await rig.start(), await rig.start()];
      await rig.serve(gone, served(5));
      await rig.serve(other, served(1));
      await look([gone, other]);
      await counted(other);
      await rig.stop(gone);
      await rig.serve(other, served(4, 500));
      const samples = await look([gone, other]);
      expect(answerOf(samples, gone)?.kind).toBe(traits.fromReplicas ? 'no answer' : 'answer');
      expect(await counted(other)).toMatchObject({ errors: [4, 4] });
    });

    test('a replica that is not there yet, or dead, throws nothing', async () => {
      const replica = await rig.start();
      const nowhere: Replica = { ...replica, address: '127.0.0.1:1' };
      const { address: _, ...homeless } = replica;
      for (const one of [nowhere, { ...homeless, state: 'starting' as const }]) {
        const [sample] = await rig.source.look([one], {});
        if (traits.fromReplicas) expect(sample?.answer.kind).toBe('no answer');
      }
      expect(await rig.source.look([{ ...replica, state: 'dead' }], {})).toStrictEqual([]);
      expect(await rig.source.look([], {})).toStrictEqual([]);
    });

    test('what cannot be read is left out and named, and counted on from where it was', async () => {
      const replica = await rig.start();
      await rig.serve(replica, served(9));
      await counted(replica);
      await rig.garble(replica);
      await rig.serve(replica, served(2, 500));
      await rig.settled([replica]);
      const [sample] = await rig.source.look([replica], {});
      const answer = sample?.answer;
      if (answer?.kind !== 'answer') return expect.fail(JSON.stringify(answer));
      expect(answer.notes.join()).toMatch(/has the value NaN|cannot be read/);
      if (traits.fromReplicas) expect(answer.readings).toStrictEqual({});
      await rig.mend(replica);
      await rig.serve(replica, served(3, 500));
      expect(await counted(replica)).toMatchObject({ errors: [5, 5] });
    });

    test('what is told twice counts once', async () => {
      const replica = await rig.start();
      await rig.repeat(replica);
      await rig.serve(replica, served(1));
      await counted(replica);
      await rig.serve(replica, served(6, 500));
      expect(await counted(replica)).toMatchObject({ errors: [6, 6] });
    });

    test('ten thousand sets of labels are one sum', async () => {
      const replica = await rig.start();
      const routes = Array.from({ length: 10_000 }, (_, index) => `/tools/${index}`);
      await rig.serve(
        replica,
        routes.flatMap((route) => served(1, 200, 40, route)),
      );
      await counted(replica);
      await rig.serve(
        replica,
        routes.flatMap((route, index) => served(1, index % 10 === 0 ? 500 : 200, 40, route)),
      );
      expect(await counted(replica)).toMatchObject({ errors: [1_000, 10_000], latency: [0, 10_000] });
    });

    test('durations are cut where the slow end of the old ones begins, and counted there', async () => {
      const replica = await rig.start();
      await rig.serve(replica, [
        ...served(900),
        ...served(60, 200, 90),
        ...served(30, 200, 240),
        ...served(10, 200, 900),
      ]);
      await rig.settled([replica]);
      const tails = await rig.source.tails([replica]);
      const [low = 0, high = 0, ...others] = tails['latency'] ?? [];
      expect(others).toStrictEqual([]);
      expect(low).toBeGreaterThanOrEqual(90);
      expect(low).toBeLessThanOrEqual(100);
      expect(high).toBeGreaterThanOrEqual(240);
      expect(high).toBeLessThanOrEqual(250);
      await counted(replica, tails);
      await rig.serve(replica, [...served(8), ...served(2, 200, 200), ...served(1, 200, 700)]);
      expect(await counted(replica, tails)).toMatchObject({ latency: [1, 11, 3, 1] });
    });

    test('when the watch is stopped, looking stops with the reason', async () => {
      const replica = await rig.start();
      await rig.settled([replica]);
      const stopping = new AbortController();
      stopping.abort(new Error('stopped'));
      await expect(rig.source.look([replica], {}, stopping.signal)).rejects.toThrow('stopped');
    });
  });
}

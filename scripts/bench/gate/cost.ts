import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Json } from '../../../holdpoint/src/kernel/canonical.ts';
import { digest, replicaId } from '../../../holdpoint/src/kernel/ids.ts';
import { opened } from '../../../holdpoint/src/release/log/log.fixture.ts';
import { openSqliteLog } from '../../../holdpoint/src/release/log/sqlite.ts';
import type { Replica } from '../../../holdpoint/src/targets/target.ts';
import { assemble } from '../../../holdpoint/src/watch/assemble.ts';
import { type Block, writeBlock } from '../../../holdpoint/src/watch/block.ts';
import type { Carry } from '../../../holdpoint/src/watch/carry.ts';
import { decide, type Gate, observe, openGate } from '../../../holdpoint/src/watch/gate/decide.ts';
import { NO_HISTORY } from '../../../holdpoint/src/watch/history.ts';
import type { Objective } from '../../../holdpoint/src/watch/objective.ts';
import { parseSelector } from '../../../holdpoint/src/watch/sources/selector.ts';
import type { Reading, Sample } from '../../../holdpoint/src/watch/sources/source.ts';
import { termsOf } from '../../../holdpoint/src/watch/terms.ts';
import { poisson, type Random, randomOf } from './random.ts';
import { OBJECTIVES, SETTINGS } from './run.ts';
import { quantileOf, type Verdict } from './summary.ts';

const LOOK = 5_000;
const WINDOW_BLOCKS = 1_441;
const LIMITS = { milliseconds: 5, bytes: 2e6, heap: 1e6 };
const NEW = { version: '2.0.0', digest: digest('aa') };
const OLD = { version: '1.9.0', digest: digest('bb') };

/** What one decision costs, what two hours of blocks weigh in the log, and whether the gate grows. */
export async function measureCost(): Promise<{
  readonly lines: readonly string[];
  readonly verdicts: readonly Verdict[];
}> {
  const times = decisionTimes(200, manyObjectives());
  const [median, p95] = [quantileOf(times, 0.5), quantileOf(times, 0.95)];
  const usual = await logBytes(OBJECTIVES);
  const many = await logBytes(manyObjectives());
  const grown = heapGrowth();
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;
  return {
    lines: [
      `a decision of 50 objectives × 200 replicas: median ${median.toFixed(2)} ms, 95th percentile ${p95.toFixed(2)} ms`,
      `two hours of blocks in the log on disk: ${megabytes(usual)} for the four defaults, ${megabytes(many)} for 50 objectives`,
      `heap after 200,000 blocks, beside the heap after 2,000: ${grown >= 0 ? '+' : ''}${megabytes(grown)}`,
    ],
    verdicts: [
      {
        text: `one decision ${median.toFixed(2)} ms, at most ${LIMITS.milliseconds} ms`,
        met: median <= LIMITS.milliseconds,
      },
      {
        text: `two hours in the log ${megabytes(usual)}, at most ${megabytes(LIMITS.bytes)}`,
        met: usual <= LIMITS.bytes,
      },
      {
        text: `heap grown by ${megabytes(grown)}, at most ${megabytes(LIMITS.heap)}`,
        met: grown <= LIMITS.heap,
      },
    ],
  };
}

/** Fifty of them: half of what is counted, half of what is gauged. */
function manyObjectives(): readonly Objective[] {
  const services = undefined;
  return Array.from({ length: 50 }, (_, index): Objective => {
    const id = `objective-${index}`;
    if (index === 0) return { kind: 'errors', id, services, allowed: 0.01 };
    if (index <= 5) return { kind: 'latency', id, services, series: 's', quantile: 0.95, limit: 1_000 };
    if (index < 25) {
      return {
        kind: 'pair',
        id,
        services,
        bad: parseSelector('bad'),
        total: parseSelector('total'),
        allowed: 0.01,
      };
    }
    if (index < 48) return { kind: 'level', id, services, series: parseSelector('level'), limit: 0.8 };
    return { kind: 'freshness', id, services, series: parseSelector('fresh'), limit: 3_600_000 };
  });
}

const tailsOf = (objectives: readonly Objective[]): Record<string, readonly number[]> =>
  Object.fromEntries(objectives.filter(({ kind }) => kind === 'latency').map(({ id }) => [id, [500, 1_000]]));

const gateOf = (objectives: readonly Objective[]): Gate =>
  openGate(
    termsOf(SETTINGS, objectives, { beside: true, history: NO_HISTORY, tails: tailsOf(objectives) }).rules,
  );

/** Replicas of both versions, half of each, and what they tell look after look: totals that grow. */
class Fleet {
  readonly replicas: readonly Replica[];
  readonly #objectives: readonly Objective[];
  readonly #random: Random = randomOf(1);
  readonly #totals = new Map<string, { trials: number; events: number }>();

  constructor(count: number, objectives: readonly Objective[]) {
    this.#objectives = objectives;
    this.replicas = Array.from({ length: count }, (_, index) => ({
      id: replicaId(`backend-${index}`),
      service: 'backend',
      revision: index % 2 === 0 ? NEW : OLD,
      state: 'ready',
      routed: true,
      startedAt: index % 2 === 0 ? 0 : -3_600_000,
      pid: 1_000 + index,
    }));
  }

  samplesAt(at: number): readonly Sample[] {
    return this.replicas.map(({ id, startedAt }) => ({
      replica: id,
      at,
      answer: {
        kind: 'answer',
        readings: Object.fromEntries(
          this.#objectives.map((one) => [one.id, this.#readingOf(`${id} ${one.id}`, one, at)]),
        ),
        processStart: startedAt / 1_000,
        notes: [],
      },
    }));
  }

  #readingOf(key: string, { kind }: Objective, at: number): Reading {
    if (kind === 'freshness') return { kind: 'instant', at: at - 60_000 };
    const total = this.#totals.get(key) ?? { trials: 0, events: 0 };
    total.trials += poisson(this.#random, 25);
    total.events += poisson(this.#random, 0.05);
    this.#totals.set(key, total);
    const { trials, events } = total;
    if (kind === 'cpu') return { kind: 'slope', total: trials / 25 };
    if (kind === 'memory' || kind === 'level') return { kind: 'level', level: 0.5 + 0.1 * this.#random() };
    return {
      kind: 'counted',
      trials,
      events,
      eventsForGood: events,
      tails: kind === 'latency' ? [events, events] : [],
    };
  }
}

interface Looked {
  readonly block: Block;
  readonly carry: Carry;
}

const lookAt = (
  fleet: Fleet,
  objectives: readonly Objective[],
  at: number,
  samples: readonly Sample[],
  previous?: Carry,
): Looked =>
  assemble({
    at,
    previous,
    previousAt: previous?.at,
    resumed: false,
    interval: LOOK,
    warmUp: SETTINGS.warmUp,
    objectives,
    deployedAt: 0,
    replicas: fleet.replicas,
    isFresh: ({ revision }) => revision.digest === NEW.digest,
    samples,
    notes: [],
  });

/** Milliseconds of its own thread that a look takes from its samples to the decision, since others wait for processors too. */
function decisionTimes(replicas: number, objectives: readonly Objective[]): readonly number[] {
  const fleet = new Fleet(replicas, objectives);
  let gate = gateOf(objectives);
  let previous: Carry | undefined;
  const times: number[] = [];
  for (let index = 1; index <= 250; index += 1) {
    const samples = fleet.samplesAt(index * LOOK);
    const before = process.threadCpuUsage();
    const { block, carry } = lookAt(fleet, objectives, index * LOOK, samples, previous);
    gate = observe(gate, block);
    decide(gate);
    const { user, system } = process.threadCpuUsage(before);
    times.push((user + system) / 1_000);
    previous = carry;
  }
  // The first looks warm up.
  return times.slice(50);
}

/** Bytes on the disk of a run whose watch has logged two hours of blocks. */
async function logBytes(objectives: readonly Objective[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-gate-'));
  try {
    const log = openSqliteLog(join(folder, 'runs.sqlite'));
    await log.append('bench', 0, opened());
    const empty = await sizeOf(folder);
    for (const block of blocks(objectives)) {
      await log.append('bench', block.at, {
        type: 'watch.block',
        block: writeBlock(block) as unknown as Record<string, Json>,
      });
    }
    await log.close();
    return (await sizeOf(folder)) - empty;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function* blocks(objectives: readonly Objective[]): Generator<Block> {
  const fleet = new Fleet(6, objectives);
  let previous: Carry | undefined;
  for (let index = 1; index <= WINDOW_BLOCKS; index += 1) {
    const at = 1_800_000_000_000 + index * LOOK;
    const { block, carry } = lookAt(fleet, objectives, at, fleet.samplesAt(at), previous);
    previous = carry;
    yield block;
  }
}

/** Bytes that are held after a hundred windows more than after one. */
function heapGrowth(): number {
  const made = [...blocks(OBJECTIVES)];
  let gate = gateOf(OBJECTIVES);
  const after = (count: number): number => {
    for (let index = 0; index < count; index += 1) {
      const block = made[index % made.length];
      if (block !== undefined) gate = observe(gate, block);
    }
    return heldBytes();
  };
  const early = after(2_000);
  const late = after(198_000);
  // Read, so that the gate is held until here.
  return gate.blocks > 0 ? late - early : Number.NaN;
}

function heldBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}

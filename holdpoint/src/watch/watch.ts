import type { Clock } from '../kernel/clock.ts';
import { explain } from '../kernel/errors.ts';
import type { Digest } from '../kernel/ids.ts';
import type { Replica } from '../targets/target.ts';
import { assemble } from './assemble.ts';
import type { Block } from './block.ts';
import { type Decision, decide, type Gate, observe, openGate } from './gate/decide.ts';
import { gateRules, type WatchSettings } from './settings.ts';
import type { EdgeMeter, EdgeTotals } from './sources/edge.ts';
import type { Sample, Source } from './sources/source.ts';
import { metricInWords, verdictInWords } from './words.ts';

export interface Watch {
  /** Window and interval as they are to be kept: whoever scales time has scaled them. */
  readonly settings: WatchSettings;
  /** The new revision; replicas of others are not looked at. */
  readonly revision: Digest;
  /** Replicas of the revision that started later count from 0. */
  readonly deployedAt: number;
  readonly replicas: () => Promise<readonly Replica[]>;
  readonly source: Source;
  readonly edge?: EdgeMeter;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The blocks that an earlier process recorded, in order. */
  readonly replay: readonly Block[];
  /** Called with each new block and awaited before the gate sees it: record it there. */
  readonly onBlock: (block: Block) => Promise<void>;
  /** Called after each decision, for showing it. */
  readonly onDecision?: (decision: Decision, block: Block) => void;
  /** Called once when the release is first shown to be good, and again after a restart; watching goes on. */
  readonly onGood?: (decision: Decision, at: number) => Promise<void>;
}

export interface WatchResult {
  readonly verdict: 'bad' | 'good' | 'undecided';
  readonly at: number;
  readonly reason: string;
  /** One line for each metric. */
  readonly perMetric: readonly string[];
  readonly decision: Decision;
}

/**
 * Watches until the release is shown to be bad or the window ends. Rejects only with the signal's reason or with
 * what the callbacks throw: what cannot be measured is no data, and no data is never good.
 */
export async function watch(watching: Watch): Promise<WatchResult> {
  const { settings, clock, signal, replay } = watching;
  let gate = replay.reduce(observe, openGate(gateRules(settings)));
  let previous = replay.at(-1);
  let told = false;
  const first = replay[0];
  const startedAt = first === undefined ? clock.now() : first.at - first.milliseconds;
  const end = startedAt + settings.window;
  for (let resumed = previous !== undefined; ; resumed = false) {
    signal.throwIfAborted();
    const decision = decide(gate);
    if (decision.verdict === 'good' && !told) {
      told = true;
      await watching.onGood?.(decision, previous?.at ?? startedAt);
    }
    const over = previous !== undefined && previous.at >= end;
    if (decision.verdict === 'bad' || over) return result(decision, gate, settings, previous?.at ?? end);
    if (previous !== undefined)
      await clock.wait(untilNext(clock.now(), startedAt, settings.interval), signal);
    const block: Block = await look(watching, previous, resumed);
    await watching.onBlock(block);
    gate = observe(gate, block);
    previous = block;
    watching.onDecision?.(decide(gate), block);
  }
}

/** Looks keep to the beat that began with the watch; a look that took too long skips beats and leaves a gap. */
function untilNext(now: number, startedAt: number, interval: number): number {
  const beats = Math.floor((now - startedAt) / interval) + 1;
  return Math.max(0, Math.min(interval, startedAt + beats * interval - now));
}

async function look(watching: Watch, previous: Block | undefined, resumed: boolean): Promise<Block> {
  const { settings, clock } = watching;
  const notes: string[] = [];
  const replicas = await attempt(watching, notes, 'the replicas cannot be listed', async () =>
    (await watching.replicas()).filter(({ revision }) => revision.digest === watching.revision),
  );
  const [samples, edge] = await Promise.all([
    attempt(watching, notes, 'the metrics cannot be read', () => samplesOf(watching, replicas ?? [])),
    attempt<EdgeTotals | undefined>(watching, notes, 'the edge cannot be read', async () =>
      watching.edge?.(watching.signal),
    ),
  ]);
  const { cpu, memory } = settings.limits;
  return assemble({
    at: clock.now(),
    previous,
    resumed,
    interval: settings.interval,
    deployedAt: watching.deployedAt,
    replicas,
    samples: samples ?? [],
    ...(edge === undefined ? {} : { edge }),
    notes,
    cpuLimit: cpu === 'off' ? undefined : cpu,
    memoryLimit: memory === 'off' ? undefined : memory,
  });
}

async function samplesOf(
  { settings, source, signal }: Watch,
  replicas: readonly Replica[],
): Promise<readonly Sample[]> {
  const { services } = settings;
  return await source.look(
    replicas.filter(({ service }) => services === undefined || services.includes(service)),
    signal,
  );
}

/** The value, or undefined with a note: a broken probe must neither stop the watch nor count as anything. */
async function attempt<Value>(
  { signal }: Watch,
  notes: string[],
  what: string,
  effect: () => Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await effect();
  } catch (error) {
    signal.throwIfAborted();
    notes.push(`${what}: ${explain(error)}`);
    return undefined;
  }
}

function result(decision: Decision, gate: Gate, { limits }: WatchSettings, at: number): WatchResult {
  return {
    verdict: decision.verdict,
    at: gate.badAt ?? at,
    reason: verdictInWords(decision, limits),
    perMetric: decision.metrics.map((standing) => metricInWords(standing, limits)),
    decision,
  };
}

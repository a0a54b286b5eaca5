import type { Block } from './block.ts';
import type { Carry } from './carry.ts';
import type { Bin, History } from './history.ts';
import type { Objective } from './objective.ts';
import { type Looking, lookOnce } from './watch.ts';

const HOUR = 3_600_000;
const BIN = 60_000;

/** What is being learned of the version that serves before another one comes. */
export interface Recorder {
  /** Ends the recording, and says what was learned. */
  stop(): Promise<History>;
}

/**
 * Looks at the version that serves now, at the watch's own interval, for as long as the release is prepared: sources
 * that remember nothing leave no other way to learn how much its numbers vary. Of longer times the last hour counts.
 */
export function record(looking: Looking): Recorder {
  const stopping = new AbortController();
  const signal = AbortSignal.any([looking.signal, stopping.signal]);
  const blocks: Block[] = [];
  const most = Math.ceil(HOUR / looking.interval);
  const recording = (async () => {
    let carry: Carry | undefined;
    for (;;) {
      const look = await lookOnce({ ...looking, signal }, carry, carry?.at, false);
      blocks.push(look.block);
      if (blocks.length > most) blocks.shift();
      carry = look.carry;
      await looking.clock.wait(looking.interval, signal);
    }
  })();
  // Whatever ends it, what was learned until then is what there is.
  const ended = recording.catch(() => undefined);
  return {
    async stop() {
      stopping.abort();
      await ended;
      return historyOf(blocks, looking.objectives);
    },
  };
}

/** Of blocks in which the version that serves stands as the new one. */
function historyOf(blocks: readonly Block[], objectives: readonly Objective[]): History {
  const counted: Record<string, readonly Bin[]> = {};
  const levels: Record<string, readonly number[]> = {};
  objectives.forEach(({ id }, index) => {
    const bins = new Map<number, { events: number; trials: number }>();
    const all: number[] = [];
    for (const { at, seen } of blocks) {
      const observation = seen[index];
      if (observation?.kind === 'gauge' && observation.level !== undefined) all.push(observation.level);
      if (observation?.kind !== 'counted') continue;
      const minute = Math.floor(at / BIN);
      const bin = bins.get(minute) ?? { events: 0, trials: 0 };
      bin.events += observation.fresh.events;
      bin.trials += observation.fresh.trials;
      bins.set(minute, bin);
    }
    if (bins.size > 0) counted[id] = [...bins.values()];
    if (all.length > 0) levels[id] = all;
  });
  return { counted, levels };
}

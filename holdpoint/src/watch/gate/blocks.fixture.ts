import type { Block, BlockMetrics, HardEvent } from '../block.ts';

/** A block for tests of the gate, with 5 s and nothing counted unless told. */
export function blockOf(
  at: number,
  metrics: Partial<BlockMetrics> = {},
  more: { milliseconds?: number; hard?: HardEvent[]; answered?: number } = {},
): Block {
  return {
    at,
    milliseconds: more.milliseconds ?? 5_000,
    watched: 3,
    answered: more.answered ?? 3,
    metrics: {
      errors: { events: 0, trials: 0 },
      latency: { above: 0, aboveForGood: 0, trials: 0 },
      cpu: { events: 0, trials: 0 },
      memory: { events: 0, trials: 0 },
      ...metrics,
    },
    hard: more.hard ?? [],
    replicas: [],
    notes: [],
  };
}

/** Everything well within its limits, for `requests` requests and three replicas. */
export function healthy(requests: number): BlockMetrics {
  return {
    errors: { events: 0, trials: requests },
    latency: { above: 0, aboveForGood: 0, trials: requests },
    cpu: { events: 0, trials: 3 },
    memory: { events: 0, trials: 3 },
  };
}

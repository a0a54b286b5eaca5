import { field } from './actions.ts';

/** What one block of the watch has counted, as far as it can be read. */
export interface Counted {
  readonly requests: number;
  readonly failed: number;
  readonly slow: number;
  /** `backend-2 crashed`. */
  readonly hard: readonly string[];
}

/** Reads leniently: what somebody broke in the log is for `verify` to find, and must not hide the rest. */
export function countedIn(block: unknown): Counted {
  const metrics = field(block, 'metrics');
  const hard = field(block, 'hard');
  return {
    requests: count(field(metrics, 'errors'), 'trials'),
    failed: count(field(metrics, 'errors'), 'events'),
    slow: count(field(metrics, 'latency'), 'above'),
    hard: Array.isArray(hard) ? hard.flatMap(eventInWords) : [],
  };
}

function count(of: unknown, name: string): number {
  const value = field(of, name);
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}

function eventInWords(event: unknown): readonly string[] {
  const [replica, kind] = [field(event, 'replica'), field(event, 'kind')];
  return typeof replica === 'string' && typeof kind === 'string' ? [`${replica} ${kind}`] : [];
}

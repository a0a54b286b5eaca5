import { readTerms } from '../../watch/terms.ts';
import { field } from './actions.ts';

/** What one block of the watch has counted, as far as it can be read. */
export interface Counted {
  readonly requests: number;
  readonly failed: number;
  readonly slow: number;
  /** `backend-2 crashed`. */
  readonly hard: readonly string[];
}

/** Where in a block errors and latency stand; undefined for blocks from before terms were written down. */
export interface Places {
  readonly errors: number;
  readonly latency: number;
}

/** What the terms of the log say of it; -1 for what is not watched, undefined where they cannot be read. */
export function placesIn(terms: unknown): Places | undefined {
  if (terms === undefined) return undefined;
  try {
    const ids = readTerms(terms).rules.objectives.map(({ id }) => id);
    return { errors: ids.indexOf('errors'), latency: ids.indexOf('latency') };
  } catch {
    return undefined;
  }
}

/** Reads leniently: what somebody broke in the log is for `verify` to find, and must not hide the rest. */
export function countedIn(block: unknown, places: Places | undefined): Counted {
  const hard = field(block, 'hard');
  return {
    ...(places === undefined ? inMetrics(field(block, 'metrics')) : inSeen(field(block, 'seen'), places)),
    hard: Array.isArray(hard) ? hard.flatMap(eventInWords) : [],
  };
}

type Requests = Omit<Counted, 'hard'>;

/** As blocks were written while there were four metrics and no more. */
const inMetrics = (metrics: unknown): Requests => ({
  requests: number(field(field(metrics, 'errors'), 'trials')),
  failed: number(field(field(metrics, 'errors'), 'events')),
  slow: number(field(field(metrics, 'latency'), 'above')),
});

function inSeen(seen: unknown, { errors, latency }: Places): Requests {
  const [requests, failed] = countsAt(seen, errors);
  const [timed, slow] = countsAt(seen, latency);
  return { requests: errors === -1 ? timed : requests, failed, slow };
}

/** Trials and events of the new version. */
function countsAt(seen: unknown, place: number): readonly [trials: number, events: number] {
  const observation: unknown = Array.isArray(seen) ? seen[place] : undefined;
  const fresh: unknown = Array.isArray(observation) ? observation[0] : undefined;
  return Array.isArray(fresh) ? [number(fresh[0]), number(fresh[1])] : [0, 0];
}

const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);

function eventInWords(event: unknown): readonly string[] {
  const [replica, kind] = [field(event, 'replica'), field(event, 'kind')];
  return typeof replica === 'string' && typeof kind === 'string' ? [`${replica} ${kind}`] : [];
}

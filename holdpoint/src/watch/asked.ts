import { parseDuration } from '../kernel/durations.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { parseShare } from '../kernel/quantities.ts';
import type { WatchSettings } from './settings.ts';

type Limits = WatchSettings['limits'];

/** What an item of the checklist asks of the watch: `watch.latency max=1s percentile=p95`. */
export interface AskedLimit {
  readonly check: string;
  readonly options: Readonly<Record<string, string>>;
}

/**
 * The limits with what the checklist asks for, where that is stricter: an item is not ticked by a limit that is looser
 * than its own. What is `off` stays off. Throws `configuration` on a number that cannot be read.
 */
export function withAsked(limits: Limits, asked: readonly AskedLimit[]): Limits {
  return asked.reduce(tightened, limits);
}

function tightened(limits: Limits, { check, options }: AskedLimit): Limits {
  const { max, percentile } = options;
  switch (check) {
    case 'watch.errors':
      return max === undefined ? limits : { ...limits, errors: Math.min(limits.errors, share(check, max)) };
    case 'watch.cpu':
    case 'watch.memory': {
      const name = check === 'watch.cpu' ? 'cpu' : 'memory';
      const limit = limits[name];
      if (max === undefined || limit === 'off') return limits;
      return { ...limits, [name]: Math.min(limit, share(check, max)) };
    }
    case 'watch.latency': {
      const { latency } = limits;
      if (latency === 'off') return limits;
      const limit = max === undefined ? latency.limit : Math.min(latency.limit, parseDuration(max));
      const quantile =
        percentile === undefined ? latency.quantile : Math.max(latency.quantile, quantileOf(percentile));
      return { ...limits, latency: { limit, quantile } };
    }
    default:
      return limits;
  }
}

function share(check: string, max: string): number {
  const read = parseShare(max);
  if (read > 0 && read < 1) return read;
  throw new HoldpointError('configuration', `${check} max=${max}: a limit must lie between 0 % and 100 %`);
}

/** `p95`, `p99.9` or `95`. */
function quantileOf(percentile: string): number {
  const read = Number(/^p?(\d+(?:\.\d+)?)$/i.exec(percentile.trim())?.[1] ?? Number.NaN) / 100;
  if (read > 0 && read < 1) return Number(read.toPrecision(12));
  throw new HoldpointError('configuration', `watch.latency percentile=${percentile} is not a percentile`, {
    next: "Write it such as 'p95'.",
  });
}

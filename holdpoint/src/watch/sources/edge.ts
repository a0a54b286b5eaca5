import { HoldpointError } from '../../kernel/errors.ts';
import type { Http } from '../../system/http.ts';
import { parseExposition } from './exposition.ts';

/** Counters of the edge since it started. */
export interface EdgeTotals {
  /** Requests that reached the edge. */
  readonly requests: number;
  /** Requests that the edge could give to no replica, or whose replica broke off. */
  readonly lost: number;
}

export interface EdgeSettings {
  /** Where the edge tells its metrics in the Prometheus text format. */
  readonly url: string;
  readonly requests: string;
  readonly lost: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly http: Http;
}

/** Reads the edge's totals, summed over all labels. Throws when they cannot be read. */
export type EdgeMeter = (signal?: AbortSignal) => Promise<EdgeTotals>;

export function edgeMeter(settings: EdgeSettings): EdgeMeter {
  const { url, requests, lost, timeout, http } = settings;
  return async (signal) => {
    const response = await http({ url, timeout, ...(signal === undefined ? {} : { signal }) });
    if (response.status !== 200) {
      throw new HoldpointError('unreachable', `the edge's metrics answer ${response.status}`);
    }
    const { rows, names } = parseExposition(response.body, (name) => name === requests || name === lost);
    const total = (name: string): number => {
      const values = rows.filter((row) => row.name === name).map(({ value }) => value);
      if (values.length === 0 && !names.has(name)) {
        throw new HoldpointError('evidence-missing', `the edge has no series ${name}`, {
          next: 'Name the series in `watch.edge`.',
        });
      }
      if (!values.every((value) => Number.isFinite(value) && value >= 0)) {
        throw new HoldpointError('evidence-missing', `the edge's series ${name} is no number`);
      }
      return values.reduce((sum, value) => sum + value, 0);
    };
    return { requests: total(requests), lost: total(lost) };
  };
}

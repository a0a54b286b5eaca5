import type { Replica } from '../../../targets/target.ts';
import type { Limits, PrometheusClient } from './client.ts';
import { labelValues, type Selection, targetSelector } from './selection.ts';

/**
 * What targets declare, with or without a series of it. A counter with labels has none before its first event, and
 * only this tells it from a name that nobody knows, which must never read as 0.
 */
export interface Declared {
  knows(replica: Replica, metric: string): boolean;
  /** Asks for each of them once. */
  learn(metrics: ReadonlySet<string>, limits: Limits): Promise<void>;
}

export function declarations(client: PrometheusClient, selection: Selection): Declared {
  const known = new Set<string>();
  const keyOf = (metric: string, value: string | undefined) => `${metric} ${value}`;
  return {
    knows: (replica, metric) => labelValues(replica).some((value) => known.has(keyOf(metric, value))),
    learn: async (metrics, limits) => {
      for (const metric of metrics) {
        // OpenMetrics declares a counter without its ending.
        for (const family of new Set([metric, metric.replace(/_total$/, '')])) {
          const targets = await client.declaring(family, targetSelector(selection), limits).catch(() => {
            limits.signal?.throwIfAborted();
            // Not every server of this API keeps metadata: then there is no data, and the reader says so.
            return [];
          });
          for (const labels of targets) known.add(keyOf(metric, labels.get(selection.replicaLabel)));
        }
      }
    },
  };
}

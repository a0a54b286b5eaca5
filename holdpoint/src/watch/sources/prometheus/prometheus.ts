import type { Clock } from '../../../kernel/clock.ts';
import { wantedSeries } from '../meaning.ts';
import { measuredAmong, measuring } from '../measuring.ts';
import type { Source } from '../source.ts';
import { type PrometheusAccess, prometheusClient } from './client.ts';
import { declarations } from './declared.ts';
import { historyOf, type Remembering } from './history.ts';
import { sortOut, UP } from './kept.ts';
import { selectorOf } from './selection.ts';
import { tellingsAt, unknownMetrics } from './tellings.ts';

export interface PrometheusSettings extends Remembering, PrometheusAccess {
  /** Milliseconds for one look. */
  readonly timeout: number;
  readonly clock: Clock;
}

/** For an hour of samples. */
const HISTORY_TIMEOUT = 30_000;
const ALL = { after: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };

/**
 * Reads what a Prometheus server has scraped of the replicas. Range selectors return samples with their own times; an
 * instant query would hand over values of up to five minutes ago as if they were the present.
 */
export function prometheus(settings: PrometheusSettings): Source {
  const { lookback, replicaLabel, timeout, clock } = settings;
  const client = prometheusClient(settings);
  const declared = declarations(client, settings);
  const wanted = [...wantedSeries(settings), UP];
  return {
    ...measuring(settings, async (replicas, signal) => {
      if (replicas.length === 0) return [];
      const limits = { timeout, signal };
      const query = `${selectorOf(wanted, settings, replicas)}[${Math.ceil(lookback)}ms]`;
      const { series, notes } = await client.query(query, limits);
      const kept = sortOut(series, replicas, replicaLabel);
      await declared.learn(unknownMetrics(settings, replicas, kept, declared), limits);
      const tellings = tellingsAt(settings, replicas, kept, declared, ALL, clock.now());
      return tellings.map(({ told, ...telling }) => ({
        ...telling,
        told: 'kind' in told ? told : { ...told, notes: [...told.notes, ...notes] },
      }));
    }),
    history: async (replicas, span, signal) => {
      const asked = measuredAmong(settings, replicas);
      if (asked.length === 0) return { counted: {}, levels: {} };
      return await historyOf(settings, client, declared, asked, span, { timeout: HISTORY_TIMEOUT, signal });
    },
  };
}

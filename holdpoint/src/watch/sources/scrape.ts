import type { Clock } from '../../kernel/clock.ts';
import { explain } from '../../kernel/errors.ts';
import type { Http } from '../../system/http.ts';
import type { Replica } from '../../targets/target.ts';
import { parseExposition } from './exposition.ts';
import { type Meaning, readSeries, type SeriesNames, wantedSeries } from './series.ts';
import type { Answer, NoAnswer, Sample, Source } from './source.ts';

/** How the replicas of one service are read. */
export interface ScrapedService {
  /** Path of the metrics, such as `/metrics`. */
  readonly metrics: string;
  /** Paths that only machines ask for: health, readiness, version. */
  readonly probes: readonly string[];
  /** Bytes a replica. */
  readonly memoryLimit?: number;
  /** Cores a replica; 1 where none are declared. */
  readonly cores?: number;
}

export interface ScrapeSettings {
  readonly services: Readonly<Record<string, ScrapedService>>;
  readonly series: SeriesNames;
  /** Milliseconds; undefined when durations are not watched. */
  readonly latencyLimit: number | undefined;
  readonly memoryWatched: boolean;
  /** Milliseconds for one replica. */
  readonly timeout: number;
  readonly http: Http;
  readonly clock: Clock;
}

/** Reads every replica's own metrics, side by side. Services that are not named here are left out. */
export function scrape(settings: ScrapeSettings): Source {
  return {
    look: async (replicas, signal) => {
      const samples = replicas.flatMap((replica) => {
        const service = settings.services[replica.service];
        const readable = service !== undefined && replica.state !== 'dead';
        return readable ? [sampleOf(settings, service, replica, signal)] : [];
      });
      return await Promise.all(samples);
    },
  };
}

async function sampleOf(
  settings: ScrapeSettings,
  service: ScrapedService,
  replica: Replica,
  signal: AbortSignal | undefined,
): Promise<Sample> {
  const answer = await ask(settings, service, replica, signal);
  return { replica: replica.id, at: settings.clock.now(), answer };
}

async function ask(
  settings: ScrapeSettings,
  service: ScrapedService,
  replica: Replica,
  signal: AbortSignal | undefined,
): Promise<Answer | NoAnswer> {
  if (replica.address === undefined) return { kind: 'no answer', reason: 'has no address' };
  try {
    const response = await settings.http({
      url: `http://${replica.address}${service.metrics}`,
      headers: { accept: 'text/plain;version=0.0.4' },
      timeout: settings.timeout,
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.status !== 200) {
      return { kind: 'no answer', reason: `${service.metrics} answers ${response.status}` };
    }
    const exposition = parseExposition(response.body, wantedSeries(settings.series));
    if (exposition.names.size === 0) {
      return { kind: 'no answer', reason: `${service.metrics} has no metrics` };
    }
    return readSeries(exposition, meaningOf(settings, service));
  } catch (error) {
    signal?.throwIfAborted();
    return { kind: 'no answer', reason: explain(error) };
  }
}

function meaningOf(settings: ScrapeSettings, service: ScrapedService): Meaning {
  return {
    series: settings.series,
    latencyLimit: settings.latencyLimit,
    // Where memory is not watched, a missing limit is nothing to speak of.
    memoryLimit: settings.memoryWatched ? service.memoryLimit : Number.POSITIVE_INFINITY,
    cores: service.cores ?? 1,
    probes: [service.metrics, ...service.probes],
  };
}

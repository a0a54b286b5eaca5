import type { Clock } from '../../kernel/clock.ts';
import { explain } from '../../kernel/errors.ts';
import type { Http } from '../../system/http.ts';
import type { Replica } from '../../targets/target.ts';
import { parseExposition } from './exposition.ts';
import { wantedSeries } from './meaning.ts';
import type { Measured, MeasuredService } from './measured.ts';
import { measuring, type Telling } from './measuring.ts';
import { tableOf } from './series.ts';
import type { Source } from './source.ts';

/** How the replicas of one service are read. */
export interface ScrapedService extends MeasuredService {
  /** Path of the metrics, such as `/metrics`. */
  readonly metrics: string;
}

export interface ScrapeSettings extends Measured {
  readonly services: Readonly<Record<string, ScrapedService>>;
  /** Milliseconds for one replica. */
  readonly timeout: number;
  readonly http: Http;
  readonly clock: Clock;
}

/** Some hundred thousand series. A part of a longer answer would look like counters that fell. */
const LARGEST = 32_000_000;

/** Reads every replica's own metrics, side by side. Services that are not named here are left out. */
export function scrape(settings: ScrapeSettings): Source {
  const wanted = wantedSeries(settings);
  return measuring(settings, async (replicas, signal) => {
    return await Promise.all(
      replicas.map(async (replica): Promise<Telling> => {
        const told = await ask(settings, wanted, replica, signal);
        return { replica, at: settings.clock.now(), told };
      }),
    );
  });
}

async function ask(
  { services, http, timeout }: ScrapeSettings,
  wanted: ReadonlySet<string>,
  { service, address }: Replica,
  signal: AbortSignal | undefined,
): Promise<Telling['told']> {
  const path = services[service]?.metrics ?? '';
  if (address === undefined) return { kind: 'no answer', reason: 'has no address' };
  try {
    const response = await http({
      url: `http://${address}${path}`,
      headers: { accept: 'text/plain;version=0.0.4' },
      timeout,
      largest: LARGEST,
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.status !== 200) return { kind: 'no answer', reason: `${path} answers ${response.status}` };
    const exposition = parseExposition(response.body, (name) => wanted.has(name));
    if (exposition.names.size === 0) return { kind: 'no answer', reason: `${path} has no metrics` };
    return tableOf(exposition);
  } catch (error) {
    signal?.throwIfAborted();
    return { kind: 'no answer', reason: explain(error) };
  }
}

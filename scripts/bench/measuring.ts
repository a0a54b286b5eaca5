import { availableParallelism, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { explain } from '../../holdpoint/src/kernel/errors.ts';
import { claim } from '../tour/claim.ts';
import { clear } from '../tour/clear.ts';
import { type Place, placeIn, tourPlace } from '../tour/place.ts';
import { seconds } from './numbers.ts';
import type { Stage } from './stage.ts';

/** Says on the error output what goes on, with the time since the beginning. */
export type Progress = (text: string) => void;

/** What a measurement works with. */
export interface Measurement {
  readonly place: Place;
  readonly signal: AbortSignal;
  /** Milliseconds since the Unix epoch. */
  readonly began: number;
  readonly progress: Progress;
  /** To be told of a stage, so that it is closed however the measurement ends. */
  readonly opened: (stage: Stage) => void;
}

/** Other work on the machine slows all of it down: taken before the measurement adds its own. */
export function machineInWords(): string {
  const machine = `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}`;
  return `${machine}; load average before the measurement: ${(loadavg()[0] ?? 0).toFixed(1)}`;
}

/**
 * Measures alone in the place of the benchmarks, for at most `limit` milliseconds. Returns the exit status. Whatever
 * was started is stopped again, however it ends.
 */
export async function measuring(
  limit: number,
  measure: (measurement: Measurement) => Promise<void>,
): Promise<number> {
  const place = placeIn(join(tourPlace().root, '.holdpoint', 'bench'));
  const began = Date.now();
  const progress = (text: string): void => console.error(`[${seconds(Date.now() - began)}] ${text}`);
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interrupted.abort());
  const claimed = await claim(place);
  if ('heldBy' in claimed) {
    progress(`A measurement runs here already, as process ${claimed.heldBy}.`);
    return 13;
  }
  const timer = setTimeout(() => interrupted.abort(new Error('it took too long')), limit);
  let stage: Stage | undefined;
  // What is going on ends by itself once nothing that it needs is left.
  interrupted.signal.addEventListener('abort', () => void clear(place).catch(() => undefined));
  try {
    await clear(place);
    const opened = (one: Stage): void => {
      stage = one;
    };
    await measure({ place, signal: interrupted.signal, began, progress, opened });
    return 0;
  } catch (error) {
    const { aborted, reason } = interrupted.signal;
    progress(`The measurement cannot go on: ${explain(aborted ? reason : error)}`);
    return aborted ? 130 : 70;
  } finally {
    clearTimeout(timer);
    await stage?.log.close();
    await clear(place);
    await claimed.release();
  }
}

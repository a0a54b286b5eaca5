import { type RunId, runId } from '../kernel/ids.ts';

/** `20261122-201500-2.0.0-1a2b`: sorts by time, says what it is, and is fit for a file name. */
export function newRunId(now: number, version: string, unique: string): RunId {
  const [day = '', time = ''] = new Date(now).toISOString().split('T');
  const suffix = unique.replaceAll(/[^a-z0-9]/gi, '').slice(0, 4);
  const name = version.replaceAll(/[^\w.+-]/g, '_');
  return runId(`${day.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${name}-${suffix}`);
}

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Environment } from './environment.ts';

/** The run log's file, opened behind Holdpoint's back. */
export function openLogFile({ place }: Environment): DatabaseSync {
  return new DatabaseSync(join(place.project, '.holdpoint', 'production', 'runs.sqlite'), { timeout: 5_000 });
}

/** As if the minute had passed after which the lease of a killed process is free. */
export function letLeaseRunOut(environment: Environment): void {
  const log = openLogFile(environment);
  log.exec('UPDATE leases SET expires_at = 0');
  log.close();
}

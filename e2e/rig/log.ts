import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Environment } from './environment.ts';

/** The run log's file, opened behind Holdpoint's back. Throws when there is none. */
export function openLogFile({ place }: Environment, how?: 'to read'): DatabaseSync {
  const file = join(place.project, '.holdpoint', 'production', 'runs.sqlite');
  return new DatabaseSync(file, { timeout: 5_000, readOnly: how === 'to read' });
}

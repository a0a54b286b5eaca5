import { join } from 'node:path';
import type { Variables } from '../kernel/variables.ts';
import { openSqliteLog } from './log/sqlite.ts';
import type { Project } from './project.ts';
import { readPlace } from './specification/place.ts';

/** What there is to be looked at, without anything that a release needs. Every project is one too. */
export interface RunRecord extends Pick<Project, 'log' | 'leases' | 'close'> {
  readonly specification: Pick<Project['specification'], 'environment'>;
}

/** Opens the runs of a specification. Throws `configuration` when it cannot be read. */
export async function openRecord(file: string, variables: Variables): Promise<RunRecord> {
  const { environment, state } = await readPlace(file, variables);
  const log = openSqliteLog(logFile(state));
  return { specification: { environment }, log, leases: log.leases, close: () => log.close() };
}

/** The run log in the state folder of an environment. */
export const logFile = (state: string): string => join(state, 'runs.sqlite');

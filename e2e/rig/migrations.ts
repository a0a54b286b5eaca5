import { join } from 'node:path';
import { start } from './command.ts';
import type { Environment } from './environment.ts';

export interface MigrationStatus {
  readonly current: number;
  readonly failed: readonly number[];
}

/** What the migration tool of a release finds in the database. */
export async function migrationStatusOf(
  { place: { node, project }, variables }: Environment,
  version: string,
): Promise<MigrationStatus> {
  const tool = join(project, 'releases', version, 'migrate.mjs');
  const asked = start(node, [tool, 'status', '--json'], { cwd: project, environment: variables });
  const { status, stdout, stderr } = await asked.ended;
  if (status !== 0) throw new Error(`the migration status cannot be read: ${stderr}`);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as MigrationStatus;
}

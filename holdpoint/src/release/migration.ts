import { type MigrateCommands, migrateCommands } from '../migrate/commands.ts';
import type { Project } from './project.ts';

/** Milliseconds after which a migration counts as hung. */
export const MIGRATION_LIMIT = 3_600_000;

/** The step whose result is the migration status before anything was touched. */
export const STATUS_BEFORE = 'migrate/before';

/** The migration commands of a version; undefined where the specification declares none. */
export function commandsFor(
  { specification, folder }: Project,
  version: string,
): MigrateCommands | undefined {
  const settings = specification.database?.migrate;
  const url = specification.database?.url;
  if (settings === undefined || url === undefined) return undefined;
  return migrateCommands(settings, { folder, version, environment: { DATABASE_URL: url } });
}

import { type MigrateCommands, migrateCommands } from '../migrate/commands.ts';
import { type MigrationStatus, migrationStatus, statusSchema } from '../migrate/migrations.ts';
import { throughService } from '../migrate/one-off.ts';
import type { Migrated } from '../rollback/plan.ts';
import type { Exec } from '../system/exec/command.ts';
import type { Revision } from '../targets/target.ts';
import type { RunContext } from './context.ts';
import type { PhaseName } from './phase-names.ts';
import type { Project } from './project.ts';
import type { RunState } from './state.ts';
import { act } from './step.ts';

/** Milliseconds after which a migration counts as hung. */
export const MIGRATION_LIMIT = 3_600_000;

/** The step whose result is the migration status before anything was touched. */
const STATUS_BEFORE = 'migrate/before';
/** The step that changes the schema. */
export const MIGRATE_UP = 'migrate/up';

/** The migrations of one revision, and what runs their commands. */
export interface Migrating {
  readonly commands: MigrateCommands;
  readonly exec: Exec;
}

/** Undefined where the specification declares none. Throws `configuration` for commands that cannot be filled in. */
export async function migrationsOf(
  project: Pick<Project, 'specification' | 'folder' | 'database' | 'target' | 'exec'>,
  revision: Revision,
): Promise<Migrating | undefined> {
  const { specification, folder, database, target, exec } = project;
  const settings = specification.database?.migrate;
  const written = specification.database?.url;
  if (settings === undefined || written === undefined) return undefined;
  const { service } = settings;
  // A container reaches the database by the name that it has among containers, and this machine does not.
  const url = service === undefined ? await database?.url() : undefined;
  const environment = { DATABASE_URL: url ?? written };
  const commands = migrateCommands(settings, { folder, version: revision.version, environment });
  return {
    commands,
    exec: service === undefined ? exec : throughService({ exec, target, revision, service }),
  };
}

/** As it was before this run touched anything: recorded once, since after a crash the database may say otherwise. */
export async function statusBefore(
  context: RunContext,
  phase: PhaseName,
  { commands, exec }: Migrating,
): Promise<MigrationStatus> {
  const options = { timeout: MIGRATION_LIMIT, signal: context.authority.signal };
  const { result } = await act(context, {
    phase,
    name: STATUS_BEFORE,
    title: 'read the migration status',
    perform: async () => {
      const { current, pending, head } = await migrationStatus(exec, commands, options);
      return {
        summary: `at ${current ?? 'nothing'}, ${pending.length} pending`,
        result: { current, pending, head },
      };
    },
  });
  return statusSchema.parse(result);
}

/** What that step has recorded; undefined before it was done. */
export function recordedStatus({ steps }: Pick<RunState, 'steps'>): MigrationStatus | undefined {
  const result = steps.get(STATUS_BEFORE)?.result;
  return result === undefined ? undefined : statusSchema.parse(result);
}

/** How far this run's migration came. A step that was intended may have done anything. */
export function migratedBy({ steps }: Pick<RunState, 'steps'>): Migrated {
  const status = steps.get(MIGRATE_UP)?.status;
  if (status === undefined || status === 'planned') return 'untouched';
  return status === 'done' ? 'done' : 'cut off';
}

import { HoldpointError } from '../../kernel/errors.ts';
import { settles } from '../../kernel/verdict.ts';
import type { MigrateCommands } from '../../migrate/commands.ts';
import {
  isSettled,
  type MigrationStatus,
  migrateUp,
  migrationStatus,
  statusSchema,
} from '../../migrate/migrations.ts';
import type { RunOptions } from '../../system/exec/command.ts';
import type { RunContext } from '../context.ts';
import { commandsFor, MIGRATION_LIMIT, STATUS_BEFORE } from '../migration.ts';
import { act } from '../step.ts';
import { type Phase, settled } from './phase.ts';

/** Brings the schema to what the new version needs, once a verified backup lies there. */
export const migrate: Phase = {
  name: 'migrate',
  async run(context) {
    const { project, authority, to } = context;
    const commands = commandsFor(project, to.version);
    if (commands === undefined) return settled('not-applicable', 'no migrations are declared');
    const options = { timeout: MIGRATION_LIMIT, signal: authority.signal };
    const before = await statusBefore(context, commands, options);
    if (before.pending.length === 0)
      return settled('pass', `nothing to migrate: the schema is at ${before.current ?? 'nothing'}`);
    assertBackedUp(context);
    const done = await act(context, {
      phase: 'migrate',
      name: 'migrate/up',
      title: `migrate ${before.pending.join(', ')}`,
      perform: async () => {
        const migration = await migrateUp(project.exec, commands, options);
        if (!migration.settled) {
          throw new HoldpointError(
            'command-failed',
            `the migration stopped at ${migration.status.current ?? 'nothing'}`,
            {
              details: migration.output,
              next: 'Read the last lines of the migration; the old version goes on serving.',
            },
          );
        }
        return { summary: moved(before, migration.status) };
      },
      found: async () => {
        const now = await migrationStatus(project.exec, commands, options);
        return isSettled(now, before.head) ? { summary: moved(before, now) } : undefined;
      },
    });
    return settled('pass', done.summary);
  },
};

const moved = (before: MigrationStatus, after: MigrationStatus): string =>
  `the schema went from ${before.current ?? 'nothing'} to ${after.current ?? 'nothing'}`;

/** As it was before this run touched anything: recorded once, since after a crash the database may say otherwise. */
async function statusBefore(
  context: RunContext,
  commands: MigrateCommands,
  options: RunOptions,
): Promise<MigrationStatus> {
  const { result } = await act(context, {
    phase: 'migrate',
    name: STATUS_BEFORE,
    title: 'read the migration status',
    perform: async () => {
      const { current, pending, head } = await migrationStatus(context.project.exec, commands, options);
      return {
        summary: `at ${current ?? 'nothing'}, ${pending.length} pending`,
        result: { current, pending, head },
      };
    },
  });
  return statusSchema.parse(result);
}

function assertBackedUp({ project, journal }: RunContext): void {
  const proof = journal.state.checks.get('database.backup')?.evidence.verdict;
  if (project.backup === undefined || (proof !== undefined && settles(proof))) return;
  throw new HoldpointError('evidence-missing', 'the database has no verified backup of this release', {
    next: 'Mend the backup and go on with `holdpoint resume`; nothing has been migrated.',
  });
}

import { HoldpointError } from '../../kernel/errors.ts';
import { settles } from '../../kernel/verdict.ts';
import { isSettled, type MigrationStatus, migrateUp, migrationStatus } from '../../migrate/migrations.ts';
import type { RunContext } from '../context.ts';
import { MIGRATE_UP, MIGRATION_LIMIT, migrationsOf, statusBefore } from '../migration.ts';
import { halt } from '../rolling.ts';
import { act } from '../step.ts';
import { type Phase, settled } from './phase.ts';

/** Brings the schema to what the new version needs, once a verified backup lies there. */
export const migrate: Phase = {
  name: 'migrate',
  async run(context) {
    const { project, authority, to } = context;
    const migrations = await migrationsOf(project, to);
    if (migrations === undefined) return settled('not-applicable', 'no migrations are declared');
    const { commands, exec } = migrations;
    const options = { timeout: MIGRATION_LIMIT, signal: authority.signal };
    const before = await statusBefore(context, 'migrate', migrations);
    if (before.pending.length === 0)
      return settled('pass', `nothing to migrate: the schema is at ${before.current ?? 'nothing'}`);
    assertBackedUp(context);
    // Where old and new must never meet, the old version is not to meet the new schema either.
    if (project.target.recreates === true && context.journal.state.steps.get(MIGRATE_UP)?.status !== 'done') {
      await halt(context, 'migrate');
    }
    const done = await act(context, {
      phase: 'migrate',
      name: MIGRATE_UP,
      title: `migrate ${before.pending.join(', ')}`,
      perform: async () => {
        const migration = await migrateUp(exec, commands, options);
        if (!migration.settled) {
          throw new HoldpointError(
            'command-failed',
            `the migration stopped at ${migration.status.current ?? 'nothing'}`,
            {
              details: migration.output,
              next:
                project.target.recreates === true
                  ? 'Read the last lines of the migration; nothing serves until the old version is back.'
                  : 'Read the last lines of the migration; the old version goes on serving.',
            },
          );
        }
        return { summary: moved(before, migration.status) };
      },
      found: async () => {
        const now = await migrationStatus(exec, commands, options);
        return isSettled(now, before.head) ? { summary: moved(before, now) } : undefined;
      },
    });
    return settled('pass', done.summary);
  },
};

const moved = (before: MigrationStatus, after: MigrationStatus): string =>
  `the schema went from ${before.current ?? 'nothing'} to ${after.current ?? 'nothing'}`;

function assertBackedUp({ project, journal }: RunContext): void {
  const proof = journal.state.checks.get('database.backup')?.evidence.verdict;
  if (project.backup === undefined || (proof !== undefined && settles(proof))) return;
  throw new HoldpointError('evidence-missing', 'the database has no verified backup of this release', {
    next: 'Mend the backup and go on with `holdpoint resume`; nothing has been migrated.',
  });
}

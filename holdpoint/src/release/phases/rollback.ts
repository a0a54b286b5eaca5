import { HoldpointError } from '../../kernel/errors.ts';
import { isSettled, migrateDown, migrationStatus, statusSchema } from '../../migrate/migrations.ts';
import type { Revision } from '../../targets/target.ts';
import type { RunContext } from '../context.ts';
import { commandsFor, MIGRATION_LIMIT, STATUS_BEFORE } from '../migration.ts';
import { askForAttestations } from '../people.ts';
import { roll } from '../rolling.ts';
import { act } from '../step.ts';
import { type Phase, settled } from './phase.ts';
import { verifyRevision } from './verify.ts';

/** Brings back what served before: a migration that stopped half-way is taken back, then the code, then it is asked. */
export function rollback(from: Revision): Phase {
  return {
    name: 'rollback',
    async run(context) {
      await takeBackHalfMigration(context);
      const steps = await roll(context, 'rollback', from);
      const verified = await verifyRevision(context, 'rollback', from.version);
      if (verified.kind !== 'settled') return verified;
      // Asked, and not waited for: people have other things to do in that moment, and the old version serves.
      await askForAttestations(context, 'rollback');
      return settled(
        verified.verdict,
        `${from.version} serves alone after ${steps} steps; ${verified.summary}`,
      );
    },
  };
}

/** A whole migration stays: the old version was running beside it. Only what stopped in the middle is undone. */
async function takeBackHalfMigration(context: RunContext): Promise<void> {
  const { project, journal, authority, to } = context;
  const up = journal.state.steps.get('migrate/up');
  const before = journal.state.steps.get(STATUS_BEFORE);
  const commands = commandsFor(project, to.version);
  if (commands === undefined || before?.result === undefined) return;
  if (up === undefined || up.status === 'done' || up.status === 'planned') return;
  const { current } = statusSchema.parse(before.result);
  if (current === null) return;
  const options = { timeout: MIGRATION_LIMIT, signal: authority.signal };
  await act(context, {
    phase: 'rollback',
    name: 'rollback/migrate-down',
    title: `take the schema back to ${current}`,
    perform: async () => {
      const now = await migrationStatus(project.exec, commands, options);
      if (isSettled(now, current)) return { summary: `the schema is at ${current} as before` };
      const down = await migrateDown(project.exec, commands, current, options);
      if (down.settled) return { summary: `the schema is back at ${current}` };
      throw new HoldpointError('command-failed', `the schema cannot be taken back to ${current}`, {
        details: down.output,
        next: 'Restore the backup of this release by hand; the old version goes on serving meanwhile.',
      });
    },
  });
}

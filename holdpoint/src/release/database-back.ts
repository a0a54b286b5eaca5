import { HoldpointError } from '../kernel/errors.ts';
import { runId } from '../kernel/ids.ts';
import { isSettled, migrateDown, migrationStatus } from '../migrate/migrations.ts';
import { type DatabaseWay, databaseWay } from '../rollback/plan.ts';
import type { RunContext } from './context.ts';
import { holdForLoss, measureLoss } from './loss.ts';
import { MIGRATION_LIMIT, migratedBy, migrationsOf, recordedStatus } from './migration.ts';
import type { Waiting } from './phases/phase.ts';
import { halt, roll } from './rolling.ts';
import type { RunState } from './state.ts';
import { act } from './step.ts';
import { verifiedBackup } from './verified-backup.ts';

type Brought = { readonly kind: 'done'; readonly summary: string } | Waiting;

/** What has to happen to the database, as the log of a run tells. */
export function databaseWayOf(state: RunState): DatabaseWay {
  const { wayBack } = state;
  return databaseWay({
    migrated: migratedBy(state),
    wayBack: { kind: wayBack?.kind ?? 'code-only', by: wayBack?.by },
    before: recordedStatus(state)?.current ?? null,
    backup: verifiedBackup(state),
  });
}

/** Brings the database to where the old version can serve; waits where rows would be lost that nobody has given up. */
export async function bringBackDatabase(context: RunContext): Promise<Brought> {
  const { state } = context.journal;
  const backup = verifiedBackup(state);
  // Once the server was stopped for it there is nothing else to go on with.
  if (backup !== undefined && isBegun(state)) return restore(context, backup);
  const way = databaseWayOf(state);
  switch (way.kind) {
    case 'stays':
      return { kind: 'done', summary: way.reason };
    case 'take back':
      return takeBack(context, way.to, backup);
    case 'migrate down':
      await halt(context, 'rollback');
      return { kind: 'done', summary: await migrateBack(context, way.to) };
    case 'restore':
      return restore(context, way.backup);
    default:
      return way satisfies never;
  }
}

/** What broke off is undone by the team's own way down; where that fails too, by the backup. */
async function takeBack(context: RunContext, to: string, backup: string | undefined): Promise<Brought> {
  try {
    return { kind: 'done', summary: await migrateBack(context, to) };
  } catch (error) {
    context.authority.signal.throwIfAborted();
    const failed = error instanceof HoldpointError && error.code === 'command-failed';
    if (!failed || backup === undefined) throw error;
    return restore(context, backup);
  }
}

async function migrateBack(context: RunContext, to: string): Promise<string> {
  const { project, authority } = context;
  const migrations = await migrationsOf(project, context.to);
  if (migrations === undefined) throw new HoldpointError('internal', 'there are no migrations to take back');
  const { commands, exec } = migrations;
  const options = { timeout: MIGRATION_LIMIT, signal: authority.signal };
  const done = await act(context, {
    phase: 'rollback',
    name: 'rollback/migrate-down',
    title: `take the schema back to ${to}`,
    perform: async () => {
      const now = await migrationStatus(exec, commands, options);
      if (isSettled(now, to)) return { summary: `the schema is at ${to} as before` };
      const down = await migrateDown(exec, commands, to, options);
      if (down.settled) return { summary: `the schema is back at ${to}` };
      throw new HoldpointError('command-failed', `the schema cannot be taken back to ${to}`, {
        details: down.output,
        next: 'Read the last lines of the migration, mend it, and go on with `holdpoint resume`.',
      });
    },
  });
  return done.summary;
}

const RESTORE = 'rollback/restore/';
const isBegun = ({ steps }: RunState): boolean => steps.has(`${RESTORE}stop-server`);

/**
 * Puts the backup in the place of the data. The copy is laid beside it while the system still serves; then everything
 * stops, and what the last requests wrote is counted once more before it is given up.
 */
async function restore(context: RunContext, backup: string): Promise<Brought> {
  const { project, journal, authority } = context;
  const engine = project.backup;
  if (engine === undefined) throw new HoldpointError('internal', 'there is no database to restore');
  const steps = (await engine.restoring(backup, runId(journal.run))).map((step) => async () => {
    const say = (summary: string): { summary: string } => ({ summary });
    const { summary } = await act(context, {
      phase: 'rollback',
      name: `${RESTORE}${step.name}`,
      title: step.title,
      perform: async () => say(await step.perform(authority.signal)),
      found: async () => {
        const found = await step.found();
        return found === undefined ? undefined : say(found);
      },
    });
    return { name: step.name, summary };
  });
  const [layBeside, ...others] = steps;
  if (!isBegun(journal.state)) {
    const held = await holdForLoss(context, await measureLoss(context, backup, false));
    if (held !== undefined) return held;
    await layBeside?.();
    await halt(context, 'rollback');
    const last = await holdForLoss(context, await measureLoss(context, backup, true));
    if (last !== undefined) {
      // Nobody has given up what came in at the last moment: serve on until somebody does.
      await roll(context, 'rollback', context.to);
      return last;
    }
  }
  const done: string[] = [];
  for (const step of isBegun(journal.state) ? steps : others) done.push((await step()).summary);
  return { kind: 'done', summary: `the backup ${backup} is in service; ${done.at(-1) ?? ''}` };
}

import { z } from 'zod';
import { formatDuration } from '../kernel/durations.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { redact } from '../kernel/redaction.ts';
import type { Command, CommandResult, Exec, RunOptions } from '../system/exec/command.ts';
import { readAlembic } from './alembic.ts';
import type { MigrateCommands } from './commands.ts';

const KEPT_LINES = 40;

/** Migrations are named by text or counted by numbers. */
const head = z.union([z.string().min(1), z.int().transform(String)]);

export const statusSchema = z.object({
  /** The newest applied migration, null when none is. */
  current: head.nullable(),
  /** Those that `up` would apply, in order. */
  pending: z.array(head),
  /** The newest migration of the release, null when it has none. */
  head: head.nullable(),
  /** Begun and broken off, of tools that know; the schema is somewhere in between. */
  failed: z.array(head).default([]),
});

export type MigrationStatus = z.infer<typeof statusSchema>;

/** How a migration ended, looked up in the database afterwards and not believed from the exit status. */
export interface Migration {
  readonly settled: boolean;
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly milliseconds: number;
  /** Last lines of both streams, without secrets. */
  readonly output: readonly string[];
  readonly status: MigrationStatus;
}

/** What the database has and the release wants. Throws `command-failed`, or `timeout`, or `configuration` on odd output. */
export async function migrationStatus(
  exec: Exec,
  commands: MigrateCommands,
  options: RunOptions,
): Promise<MigrationStatus> {
  const result = await exec(commands.status, options);
  if (result.exitCode !== 0) throw failure('the migration status cannot be read', result, options);
  if (commands.format === 'alembic') return statusSchema.parse(readAlembic(result.stdout));
  try {
    return statusSchema.parse(JSON.parse(result.stdout.trim().split('\n').at(-1) ?? ''));
  } catch (cause) {
    throw new HoldpointError('configuration', 'database.migrate.status printed no status', {
      cause,
      details: outputOf(result),
      next: 'Let its last line be JSON such as {"current":"0003","pending":["0004"],"head":"0004"}.',
    });
  }
}

/** Whether exactly `head` is applied, and nothing is left of what broke off; null stands for none. */
export function isSettled(status: MigrationStatus, head: string | null): boolean {
  return status.current === head && status.failed.length === 0;
}

/** Applies what is pending. A migration that fails is a result that is not settled; see `Migration`. */
export async function migrateUp(
  exec: Exec,
  commands: MigrateCommands,
  options: RunOptions,
): Promise<Migration> {
  const { head } = await migrationStatus(exec, commands, options);
  return perform(exec, commands, commands.up, head, options);
}

/** Goes back to `head`, the one that was current before. A failure is a result that is not settled. */
export async function migrateDown(
  exec: Exec,
  commands: MigrateCommands,
  head: string,
  options: RunOptions,
): Promise<Migration> {
  return perform(exec, commands, commands.down(head), head, options);
}

async function perform(
  exec: Exec,
  commands: MigrateCommands,
  command: Command,
  head: string | null,
  options: RunOptions,
): Promise<Migration> {
  const result = await exec(command, options);
  const status = await migrationStatus(exec, commands, options);
  const { exitCode, timedOut, milliseconds } = result;
  const settled = exitCode === 0 && isSettled(status, head);
  return { settled, exitCode, timedOut, milliseconds, output: outputOf(result), status };
}

function failure(message: string, result: CommandResult, options: RunOptions): HoldpointError {
  const late = result.timedOut ? ` within ${formatDuration(options.timeout)}` : '';
  return new HoldpointError(result.timedOut ? 'timeout' : 'command-failed', `${message}${late}`, {
    details: outputOf(result),
  });
}

function outputOf({ stdout, stderr }: CommandResult): readonly string[] {
  const lines = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-KEPT_LINES).map((line) => redact(line));
}

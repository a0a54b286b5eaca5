import type { Restored } from '../backup/backup.ts';
import type { Clock } from '../kernel/clock.ts';
import type { MigrateCommands } from '../migrate/commands.ts';
import {
  type Migration,
  type MigrationStatus,
  migrateDown,
  migrateUp,
  migrationStatus,
} from '../migrate/migrations.ts';
import type { Exec } from '../system/exec/command.ts';
import { inCopy, othersGone, type Snapshot, superuserIn, takeSnapshot } from './copy.ts';
import type { Down, MigrationFindings } from './findings.ts';
import { withLockSampler } from './locks.ts';
import { isNothing, lostBetween } from './lost.ts';
import { rewritesOf, writesOf } from './rewrites.ts';
import { differencesOf, readShape, type Shape } from './schema-shape.ts';
import { isBookkeeping, nameOf } from './tables.ts';

export interface MigrationRehearsal {
  readonly restored: Restored;
  readonly commands: MigrateCommands;
  readonly exec: Exec;
  readonly clock: Clock;
  /** Milliseconds after which a command is killed. */
  readonly within: number;
  /** Bytes; larger tables are not read, and that is said. */
  readonly largest: number;
  readonly signal: AbortSignal;
}

export const LARGEST = 2 * 2 ** 30;

const NOTHING_LOST = { tables: [], columns: [], changed: [], uncompared: [] };

/**
 * Goes up, down and up again on a copy, which then stands migrated if `standsMigrated` of the findings says so.
 * A migration that fails is a finding. Throws what keeps it from being tried: no status, an unreachable copy.
 */
export async function rehearseMigration(
  of: MigrationRehearsal,
): Promise<{ readonly migration: MigrationFindings; readonly shape: Shape }> {
  const before = await migrationStatus(of.exec, of.commands, optionsOf(of));
  const first = await takeSnapshot(of.restored, of.largest, of.signal);
  return { migration: await upDownUp(of, before, first), shape: first.shape };
}

async function upDownUp(
  of: MigrationRehearsal,
  before: MigrationStatus,
  first: Snapshot,
): Promise<MigrationFindings> {
  const told = {
    before,
    holdsRows: holdsRows(first),
    unread: first.content.unread.map(({ table }) => table),
  };
  if (before.pending.length === 0 && before.failed.length === 0) {
    const sampling = { locks: [], samples: 0, widestGap: 0 };
    const down: Down = { kind: 'untried', why: 'nothing is pending' };
    return { ...told, up: undefined, sampling, rewrites: [], lost: NOTHING_LOST, writes: [], down };
  }
  const { result: up, sampling } = await withLockSampler(
    superuserIn(of.restored),
    first.tables,
    of.clock,
    of.signal,
    () => goUp(of),
  );
  const after = await takeSnapshot(of.restored, of.largest, of.signal, first);
  const shown = {
    ...told,
    up,
    sampling,
    rewrites: rewritesOf(after.followed),
    lost: lostBetween(first, after, 'forward'),
    writes: writesOf(after.followed),
  };
  const differences = differencesOf(first.shape, after.shape);
  const down = await goDown(of, before, first);
  if (!up.settled) return { ...shown, halfDone: { differences, lost: shown.lost }, down };
  return down.kind === 'proven' ? { ...shown, down, again: await goUp(of) } : { ...shown, down };
}

/** Applies what is pending. See `Migration` for how it may end. */
export async function goUp(of: MigrationRehearsal): Promise<Migration> {
  const up = await migrateUp(leaving(of), of.commands, optionsOf(of));
  await othersGone(of.restored, of.clock, of.signal, false);
  return up;
}

/** Goes back once more, with rows that versions have written; what is wrong with it, undefined when it ended as before. */
export async function goBack(
  of: MigrationRehearsal,
  { before }: MigrationFindings,
  shape: Shape,
): Promise<string | undefined> {
  if (before.current === null) return 'the down migration has nothing to go back to';
  await othersGone(of.restored, of.clock, of.signal, true);
  const { settled, output } = await migrateDown(leaving(of), of.commands, before.current, optionsOf(of));
  if (!settled) {
    return `the down migration fails with rows that the new version wrote: ${output.at(-1) ?? 'it said nothing'}`;
  }
  const differences = differencesOf(shape, await inCopy(of.restored, of.signal, readShape));
  const [one] = differences;
  if (one === undefined) return undefined;
  return `the down migration leaves ${one.object} ${one.change} with rows that the new version wrote`;
}

/** Goes back to where the copy was `before`, and compares with what was there first. */
async function goDown(of: MigrationRehearsal, before: MigrationStatus, first: Snapshot): Promise<Down> {
  const { current } = before;
  if (current === null)
    return { kind: 'untried', why: 'no migration was applied before that one could go back to' };
  const migration = await migrateDown(leaving(of), of.commands, current, optionsOf(of));
  if (!migration.settled) return { kind: 'failed', migration };
  await othersGone(of.restored, of.clock, of.signal, false);
  const after = await takeSnapshot(of.restored, of.largest, of.signal, first);
  const differences = differencesOf(first.shape, after.shape);
  const lost = lostBetween(first, after, 'back');
  const { milliseconds } = migration;
  if (differences.length > 0 || !isNothing(lost)) return { kind: 'lossy', milliseconds, differences, lost };
  return { kind: 'proven', milliseconds };
}

const optionsOf = ({ within, signal }: MigrationRehearsal): { timeout: number; signal: AbortSignal } => ({
  timeout: within,
  signal,
});

/** A command that broke off may have left a statement running, whose locks would keep the status from being read. */
function leaving({ exec, restored, clock, signal }: MigrationRehearsal): Exec {
  return async (command, options) => {
    const result = await exec(command, options);
    if (result.exitCode !== 0) await othersGone(restored, clock, signal, true);
    return result;
  };
}

/** What was not read has rows, for all we know. */
const holdsRows = ({ tables, content }: Snapshot): readonly string[] =>
  tables
    .filter((table) => table.permanent && !isBookkeeping(table))
    .map((table) => nameOf(table))
    .filter((name) => content.read.get(name)?.rows !== 0);

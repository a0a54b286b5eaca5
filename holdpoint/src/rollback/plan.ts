import { formatDuration } from '../kernel/durations.ts';
import type { WayBack } from '../rehearsal/rehearsal.ts';

/** What a run has done to the schema, as its log tells. */
export type Migrated = 'untouched' | 'cut off' | 'done';

export interface DatabaseSituation {
  readonly migrated: Migrated;
  /** Undefined where none was decided, as in a run that never came so far. */
  readonly wayBack: Pick<WayBack, 'kind'> & { readonly by?: 'down' | 'restore' | undefined };
  /** The newest migration before this run; null when there was none. */
  readonly before: string | null;
  /** The verified backup of this run. */
  readonly backup: string | undefined;
}

/** What has to happen to the database before the old version can serve. */
export type DatabaseWay =
  | { readonly kind: 'stays'; readonly reason: string }
  /** What broke off half-way is undone while the old version goes on serving. */
  | { readonly kind: 'take back'; readonly to: string }
  /** With nothing running: what the new version writes must not meet the schema on its way back. */
  | { readonly kind: 'migrate down'; readonly to: string }
  | { readonly kind: 'restore'; readonly backup: string };

/**
 * The least that brings the old version back. Data is put back only where nothing less is known to do it: every row
 * that was written since would go with it.
 */
export function databaseWay({ migrated, wayBack, before, backup }: DatabaseSituation): DatabaseWay {
  if (migrated === 'untouched') return { kind: 'stays', reason: 'the schema was not touched' };
  if (migrated === 'cut off') {
    if (before !== null) return { kind: 'take back', to: before };
    return backup === undefined
      ? { kind: 'stays', reason: 'there was no schema before, and there is no backup' }
      : { kind: 'restore', backup };
  }
  if (wayBack.kind === 'code-only')
    return { kind: 'stays', reason: 'the old version runs on the new schema, as the rehearsal has shown' };
  if (wayBack.kind === 'none')
    return {
      kind: 'stays',
      reason: 'no way back of the database is known; a named person has accepted that',
    };
  if (wayBack.by === 'down' && before !== null) return { kind: 'migrate down', to: before };
  return backup === undefined
    ? { kind: 'stays', reason: 'there is no verified backup to restore' }
    : { kind: 'restore', backup };
}

export interface Writes {
  readonly milliseconds: number;
  readonly rows: number;
  readonly tables: readonly {
    readonly table: string;
    readonly inserted: number;
    readonly updated: number;
    readonly deleted: number;
  }[];
  readonly unknown?: string | undefined;
}

/** `12 rows in 2 tables were written in the 34.0 s since the backup`, and then a line a table. */
export function lossInWords({ milliseconds, rows, tables, unknown }: Writes): readonly string[] {
  const since = `in the ${formatDuration(milliseconds)} since the backup`;
  const least = unknown === undefined ? '' : 'at least ';
  const head =
    rows === 0 && unknown === undefined
      ? `nothing was written ${since}`
      : `${least}${rows} rows in ${tables.length} tables were written ${since}`;
  return [
    head,
    ...(unknown === undefined ? [] : [`not all of it is known: ${unknown}`]),
    ...tables.map(
      ({ table, inserted, updated, deleted }) =>
        `${table}: ${inserted} inserted, ${updated} updated, ${deleted} deleted`,
    ),
  ];
}

/** The writes of people and programs alone: less, by table, what the migration was seen to write on the copy. */
export function withoutOwn<Loss extends Writes>(loss: Loss, own: Writes['tables']): Loss {
  const ownOf = new Map(own.map((one) => [one.table, one]));
  const tables = loss.tables.flatMap((one) => {
    const { inserted = 0, updated = 0, deleted = 0 } = ownOf.get(one.table) ?? {};
    const rest = {
      table: one.table,
      inserted: Math.max(0, one.inserted - inserted),
      updated: Math.max(0, one.updated - updated),
      deleted: Math.max(0, one.deleted - deleted),
    };
    return rest.inserted + rest.updated + rest.deleted === 0 ? [] : [rest];
  });
  const rows = tables.reduce((sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted, 0);
  return { ...loss, tables, rows };
}

/** Whether a restore may go on without a person's further word: nothing would be lost, or somebody has said how much may. */
export function lossIsCovered(loss: Writes, word: { readonly lossLimit?: number } | undefined): boolean {
  if (loss.unknown === undefined && loss.rows === 0) return true;
  return word?.lossLimit !== undefined && loss.milliseconds <= word.lossLimit;
}

export interface PlannedStage {
  readonly title: string;
  readonly details: readonly string[];
}

export interface RollbackPlanInput {
  readonly from: string;
  readonly to: string;
  readonly database: DatabaseWay;
  /** What would be lost now; undefined when nothing is restored, or when it cannot be asked. */
  readonly loss: Writes | undefined;
  /** Titles of the steps that stop everything, needed where the database goes back. */
  readonly halt: readonly string[];
  readonly code: readonly string[];
  readonly notified: readonly string[];
}

/** The way back as people read it, in the order in which it is gone. */
export function rollbackPlan(input: RollbackPlanInput): readonly PlannedStage[] {
  const { from, to, database, loss, halt, code, notified } = input;
  const stopped: PlannedStage = { title: 'stop all writes: the system is down from here', details: halt };
  const stages: Readonly<Record<DatabaseWay['kind'], () => readonly PlannedStage[]>> = {
    stays: () => [],
    'take back': () => [],
    'migrate down': () => [stopped],
    restore: () => [
      {
        title: 'ask for a named person’s word, unless nothing would be lost',
        details: loss === undefined ? ['what would be lost cannot be told now'] : lossInWords(loss),
      },
      stopped,
    ],
  };
  return [
    ...stages[database.kind](),
    { title: databaseTitle(database), details: databaseDetails(database) },
    {
      title: code.length === 0 ? `${to} serves alone already` : `put ${to} back in the place of ${from}`,
      details: code,
    },
    { title: `ask every replica and the public address until ${to} alone answers`, details: [] },
    { title: 'tell people', details: notified },
    { title: 'draft the post-mortem from the log', details: [] },
  ];
}

function databaseTitle(way: DatabaseWay): string {
  switch (way.kind) {
    case 'stays':
      return 'leave the database as it is';
    case 'take back':
      return `take the broken-off migration back to ${way.to}`;
    case 'migrate down':
      return `migrate down to ${way.to}`;
    case 'restore':
      return `restore the backup ${way.backup}`;
  }
}

const databaseDetails = (way: DatabaseWay): readonly string[] =>
  way.kind === 'stays'
    ? [way.reason]
    : way.kind === 'restore'
      ? ['the present data is kept beside it, as the safety copy']
      : [];

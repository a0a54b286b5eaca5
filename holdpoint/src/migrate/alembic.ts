import { HoldpointError } from '../kernel/errors.ts';

export interface AlembicStatus {
  readonly current: string | null;
  /** Oldest first. */
  readonly pending: readonly string[];
  readonly head: string | null;
}

interface Revision {
  readonly id: string;
  readonly down: string | undefined;
  readonly head: boolean;
  readonly current: boolean;
}

/** `1975ea83b712 -> 27c6a30d7c24 (head) (current), add a column`; labels of branches stand in brackets too. */
const LINE = /^(<base>|[\w.-]+)(?: \([^)]*\))? -> ([\w.-]+)((?: \([^)]*\))*)(?:,.*)?$/;

/**
 * Pure: what `alembic history --indicate-current` says, newest revision first. Its log goes to the error output, so
 * that other lines do not count. Throws `configuration` for histories that branch, and where no line can be read.
 */
export function readAlembic(text: string): AlembicStatus {
  const lines = text.split('\n').filter((line) => line.includes(' -> '));
  const revisions = lines.map(readLine);
  if (text.trim() !== '' && revisions.length === 0) {
    throw unreadable('database.migrate.status printed no history of alembic', text.trim().split('\n'));
  }
  const heads = revisions.filter(({ head }) => head);
  const [tip, ...others] = heads;
  const currents = revisions.filter(({ current }) => current);
  if (others.length > 0 || currents.length > 1) throw branched([...heads, ...currents]);
  if (tip === undefined) return { current: null, pending: [], head: null };
  const current = currents[0]?.id ?? null;
  const byId = new Map(revisions.map((revision) => [revision.id, revision]));
  const pending: string[] = [];
  for (let at: Revision | undefined = tip; at !== undefined && at.id !== current; ) {
    pending.unshift(at.id);
    at = at.down === undefined ? undefined : byId.get(at.down);
  }
  return { current, pending, head: tip.id };
}

function readLine(line: string): Revision {
  const [, down, id, marks = ''] = LINE.exec(line.trim()) ?? [];
  if (down === undefined || id === undefined) {
    // Two revisions before the arrow are a merge.
    throw line.split(' -> ')[0]?.includes(',') === true
      ? branched([])
      : unreadable('a line of alembic cannot be read', [line]);
  }
  const has = (mark: string): boolean => marks.includes(`(${mark})`);
  return {
    id,
    down: down === '<base>' ? undefined : down,
    head: has('head') || has('effective head'),
    current: has('current'),
  };
}

const branched = (of: readonly Revision[]): HoldpointError =>
  new HoldpointError('configuration', 'the history of alembic branches, so that there is no one order', {
    details: of.map(({ id }) => id),
    next: 'Merge the heads into one line, or let database.migrate.status print JSON by a script of your own.',
  });

const unreadable = (message: string, lines: readonly string[]): HoldpointError =>
  new HoldpointError('configuration', message, {
    details: lines.slice(-5),
    next: 'Set database.migrate.status to [python, -m, alembic, history, --indicate-current].',
  });

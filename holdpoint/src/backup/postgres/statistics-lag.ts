import type { Clock } from '../../kernel/clock.ts';
import type { Session } from '../../system/postgres/connection.ts';

/** `PGSTAT_MIN_INTERVAL`, and some: a session that hands in what it counted hands in nothing for a second. */
const BUSY = 1_050;
/** `PGSTAT_IDLE_INTERVAL`, and some: a session that was too early then waits for its next statement, or so long. */
const IDLE = 10_200;
const POLL = 100;

/** One session of somebody else's, as `pg_stat_activity` shows it; times are milliseconds after the question. */
export interface Seen {
  readonly pid: number;
  /** Null when the user who asks may not see it. */
  readonly state: string | null;
  readonly since: number | null;
  /** Start of its transaction. */
  readonly transaction: number | null;
  readonly now: number;
}

/**
 * Waits until the statistics hold what was committed before the call, at most eleven seconds: as long as it takes each
 * session to hand in what it counted. Returns why something can be missing all the same, or undefined. `within`
 * milliseconds where less will do.
 */
export async function awaitStatistics(
  session: Session,
  clock: Clock,
  signal?: AbortSignal,
  within = IDLE + BUSY,
): Promise<string | undefined> {
  const [asked] = await session.query<{ at: string }>('select clock_timestamp()::text as at');
  const seen = new Map<number, Seen>();
  // What may not be seen of others' sessions is null, their kind and their start too.
  for (;;) {
    const now = await session.query<Seen>(
      `select pid, state, ${sinceAsked('state_change')} as since, ${sinceAsked('xact_start')} as transaction,
              ${sinceAsked('clock_timestamp()')} as now
         from pg_stat_activity
        where datid is not null and usesysid is not null and pid <> pg_backend_pid()
          and coalesce(backend_type, 'client backend') = 'client backend'
          and coalesce(backend_start < $1::timestamptz, true)`,
      [asked?.at],
    );
    const open = now.filter((each) => !hasHandedIn(each, seen.get(each.pid)));
    if (open.length === 0) return undefined;
    if ((open[0]?.now ?? 0) > within) return remaining(open);
    for (const each of open) if ((each.transaction ?? 0) > BUSY) seen.set(each.pid, each);
    await clock.wait(POLL, signal);
  }
}

function sinceAsked(time: string): string {
  return `(extract(epoch from ${time} - $1::timestamptz) * 1000)::float8`;
}

/** Pure: whether a session has handed in what it committed before the question. `earlier` is an older look at it. */
export function hasHandedIn(session: Seen, earlier: Seen | undefined): boolean {
  // It hands in between two transactions, unless it has just done so.
  if (earlier !== undefined && session.transaction !== earlier.transaction) return true;
  if (session.state !== 'idle' || session.since === null) return false;
  return session.since > BUSY || session.since < session.now - IDLE;
}

function remaining(open: readonly Seen[]): string | undefined {
  const hidden = open.filter(({ state }) => state === null).length;
  if (hidden > 0) {
    return `${hidden} sessions of others cannot be seen: GRANT pg_read_all_stats to the user of database.url`;
  }
  return `${open.length} sessions are inside a transaction, and may not have reported what they wrote before it`;
}

import type { Clock } from '../kernel/clock.ts';
import { type Session, withSession } from '../system/postgres/connection.ts';
import { nameOf, type Table } from './tables.ts';

/** Weakest first. */
const MODES = [
  'AccessShareLock',
  'RowShareLock',
  'RowExclusiveLock',
  'ShareUpdateExclusiveLock',
  'ShareLock',
  'ShareRowExclusiveLock',
  'ExclusiveLock',
  'AccessExclusiveLock',
] as const;
export type LockMode = (typeof MODES)[number];

const strength = (mode: LockMode): number => MODES.indexOf(mode);
/** From here on nobody else can write to the table. */
const STOPS_WRITES = strength('ShareLock');

/** What one table was locked with. Milliseconds are of the longest time at a stretch. */
export interface TableLock {
  readonly table: string;
  /** The strongest that was seen. */
  readonly mode: LockMode;
  readonly heldFor: number;
  /** 0 when others could write all the time. */
  readonly stopsWritesFor: number;
  /** 0 when others could read all the time. */
  readonly stopsReadsFor: number;
}

export interface Sampling {
  /** Of tables that were there before and were locked against somebody, the longest held first. */
  readonly locks: readonly TableLock[];
  readonly samples: number;
  /** Milliseconds between two looks at the most; a lock that was held for less may have been missed. */
  readonly widestGap: number;
}

export interface Look {
  /** Milliseconds, of any clock that does not stand still. */
  readonly at: number;
  readonly held: readonly { readonly holder: string; readonly table: string; readonly mode: LockMode }[];
}

/** Our own sessions are told by their name; others are the migration's, since nobody else knows the copy. */
const LOCKS = `
  select l.relation as oid, l.virtualtransaction as holder, l.mode
    from pg_locks l join pg_stat_activity a on a.pid = l.pid
   where l.locktype = 'relation' and l.granted and a.application_name <> $1
     and l.database = (select oid from pg_database where datname = current_database())`;

const NAME = 'holdpoint lock sampler';
const EVERY = 10;

/** Looks at the locks of `tables` beside `work`, about every 10 ms, and stops when that has ended. */
export async function withLockSampler<Result>(
  url: string,
  tables: readonly Table[],
  clock: Clock,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly sampling: Sampling }> {
  const names = new Map(tables.map((table) => [table.oid, nameOf(table)]));
  const looks: Look[] = [];
  return withSession(url, { statementTimeout: 10_000, signal, name: NAME }, async (session) => {
    const done = new AbortController();
    // Once before the work begins, so that the first lock is not older than the first look.
    await look(session, names, looks, clock);
    const sampling = sample(session, names, looks, clock, AbortSignal.any([signal, done.signal]));
    // Awaited below; a sampler that breaks off meanwhile must not end the process.
    sampling.catch(() => undefined);
    try {
      const result = await work();
      done.abort();
      await sampling;
      return { result, sampling: summarize(looks) };
    } finally {
      done.abort();
      await sampling.catch(() => undefined);
    }
  });
}

async function sample(
  session: Session,
  names: ReadonlyMap<number, string>,
  looks: Look[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.wait(EVERY, signal).catch(() => undefined);
    await look(session, names, looks, clock);
  }
}

async function look(
  session: Session,
  names: ReadonlyMap<number, string>,
  looks: Look[],
  clock: Clock,
): Promise<void> {
  const rows = await session.query<{ oid: number; holder: string; mode: LockMode }>(LOCKS, [NAME]);
  // A table that nobody knew before is the migration's own, and locks there are in nobody's way.
  const held = rows.flatMap(({ oid, holder, mode }) => {
    const table = names.get(oid);
    return table === undefined ? [] : [{ holder, table, mode }];
  });
  looks.push({ at: clock.now(), held });
}

/** Pure: a lock counts from the look that first saw it until the first look that no longer did. */
export function summarize(looks: readonly Look[]): Sampling {
  const open = new Map<string, number>();
  const tables = new Map<string, TableLock>();
  let [widestGap, previous] = [0, looks[0]?.at ?? 0];
  for (const { at, held } of looks) {
    widestGap = Math.max(widestGap, at - previous);
    previous = at;
    const strongest = strongestOf(held);
    for (const [key, since] of open) {
      if (!strongest.has(key)) {
        close(tables, key, at - since);
        open.delete(key);
      }
    }
    for (const key of strongest) if (!open.has(key)) open.set(key, at);
  }
  for (const [key, since] of open) close(tables, key, previous - since);
  const locks = [...tables.values()]
    .filter(({ mode }) => strength(mode) >= STOPS_WRITES)
    .sort((one, other) => other.stopsWritesFor - one.stopsWritesFor || other.heldFor - one.heldFor);
  return { locks, samples: looks.length, widestGap };
}

/** Each kind of being in somebody's way that is in force, as a key with its holder. */
function strongestOf(held: Look['held']): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { holder, table, mode } of held) {
    keys.add(JSON.stringify([table, holder, mode]));
    // A holder that raises its lock keeps others out all along, whatever the mode is called.
    if (strength(mode) >= STOPS_WRITES) keys.add(JSON.stringify([table, holder, 'writes']));
  }
  return keys;
}

function close(tables: Map<string, TableLock>, key: string, milliseconds: number): void {
  const [table, , mode] = JSON.parse(key) as [string, string, LockMode | 'writes'];
  const known = tables.get(table) ?? {
    table,
    mode: 'AccessShareLock',
    heldFor: 0,
    stopsWritesFor: 0,
    stopsReadsFor: 0,
  };
  if (mode === 'writes') {
    tables.set(table, { ...known, stopsWritesFor: Math.max(known.stopsWritesFor, milliseconds) });
    return;
  }
  const stronger = strength(mode) > strength(known.mode);
  const heldFor = stronger
    ? milliseconds
    : mode === known.mode
      ? Math.max(known.heldFor, milliseconds)
      : known.heldFor;
  tables.set(table, {
    ...known,
    mode: stronger ? mode : known.mode,
    heldFor,
    stopsReadsFor:
      mode === 'AccessExclusiveLock' ? Math.max(known.stopsReadsFor, milliseconds) : known.stopsReadsFor,
  });
}

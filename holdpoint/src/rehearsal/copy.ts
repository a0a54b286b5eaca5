import type { Restored } from '../backup/backup.ts';
import type { Clock } from '../kernel/clock.ts';
import { HoldpointError } from '../kernel/errors.ts';
import { type Session, withDatabase, withSession } from '../system/postgres/connection.ts';
import { type Fingerprints, fingerprint } from './fingerprint.ts';
import { readShape, type Shape } from './schema-shape.ts';
import { type Followed, follow, readTables, type Table } from './tables.ts';

/** What a copy holds at one moment. */
export interface Snapshot {
  readonly shape: Shape;
  readonly tables: readonly Table[];
  /** Of the first snapshot's tables. */
  readonly content: Fingerprints;
  /** Where the first snapshot's tables are. */
  readonly followed: readonly Followed[];
  /** False where the server counts no writes. */
  readonly counted: boolean;
}

const NAME = 'holdpoint rehearsal';

/** The database of an address; left out, it has the user's name. */
export function databaseOf(address: string): string {
  const { pathname, username } = new URL(address);
  return decodeURIComponent(pathname.slice(1)) || decodeURIComponent(username);
}

/** The superuser in the very database that is migrated; the address we are lent leads to `postgres`. */
export const superuserIn = ({ url, superuserUrl }: Restored): string =>
  withDatabase(superuserUrl, databaseOf(url));

export const inCopy = <Result>(
  restored: Restored,
  signal: AbortSignal,
  use: (session: Session) => Promise<Result>,
): Promise<Result> => withSession(superuserIn(restored), { statementTimeout: 0, signal, name: NAME }, use);

/** Reads everything that is compared; tables are followed from the `first` snapshot. */
export function takeSnapshot(
  restored: Restored,
  largest: number,
  signal: AbortSignal,
  first?: Snapshot,
): Promise<Snapshot> {
  return inCopy(restored, signal, async (session) => {
    const [track] = await session.query<{ on: boolean }>(
      `select current_setting('track_counts')::bool as on`,
    );
    const tables = await readTables(session);
    const shape = await readShape(session);
    const followed = follow(first?.tables ?? tables, tables);
    const content = await fingerprint(session, followed, largest);
    return { shape, tables, content, followed, counted: track?.on === true };
  });
}

/** Sessions of others than us. They belong to the migration tool or a version, since nobody else knows the copy. */
const OTHERS = `from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
  and pid <> pg_backend_pid() and application_name not like 'holdpoint%'`;

const LEAVE_WITHIN = 10_000;

/**
 * Waits until whoever worked on the copy is gone, for only then their writes are counted and their locks given back.
 * A command that was killed leaves its statement running on the server, and `evict` ends that.
 */
export function othersGone(
  restored: Restored,
  clock: Clock,
  signal: AbortSignal,
  evict: boolean,
): Promise<void> {
  return inCopy(restored, signal, async (session) => {
    const deadline = clock.now() + LEAVE_WITHIN;
    if (evict) await session.query(`select pg_terminate_backend(pid) ${OTHERS}`);
    for (;;) {
      const [left] = await session.query<{ sessions: number }>(`select count(*)::int as sessions ${OTHERS}`);
      if (left?.sessions === 0) return;
      if (clock.now() > deadline) {
        throw new HoldpointError(
          'timeout',
          'the migration command has ended, but its session stays open on the copy',
          {
            next: 'Let the command end only after all it has started has ended.',
          },
        );
      }
      await clock.wait(20, signal);
    }
  });
}

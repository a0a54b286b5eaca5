import type { DatabaseSync } from 'node:sqlite';
import { isFree, leaseOf } from './fencing.ts';
import type { Lease, LeaseProcess, LeaseStore } from './log.ts';
import { transaction } from './sqlite-transaction.ts';

interface LeaseRow {
  environment: string;
  holder: string;
  fence: number;
  since: number;
  expires_at: number;
  doing: string;
  process: string | null;
}

const fromRow = ({ environment, holder, fence, since, expires_at, doing, process }: LeaseRow): Lease => ({
  environment,
  holder,
  ...(process === null ? {} : { process: JSON.parse(process) as LeaseProcess }),
  fence,
  since,
  expiresAt: expires_at,
  doing,
});

/** The table, also in a file whose leases did not yet say which process holds them. */
export function prepareLeases(database: DatabaseSync): void {
  database.exec(`
    CREATE TABLE IF NOT EXISTS leases (
      environment TEXT PRIMARY KEY, holder TEXT NOT NULL, fence INTEGER NOT NULL,
      since INTEGER NOT NULL, expires_at INTEGER NOT NULL, doing TEXT NOT NULL, process TEXT
    ) STRICT`);
  const isOld = (): boolean =>
    database.prepare("SELECT 1 FROM pragma_table_info('leases') WHERE name = 'process'").get() === undefined;
  if (!isOld()) return;
  transaction(database, () => {
    // Two that open the file at once both find it old, and the second would add the column twice.
    if (isOld()) database.exec('ALTER TABLE leases ADD COLUMN process TEXT');
  });
}

export const leaseFinder = (database: DatabaseSync): ((environment: string) => Lease | undefined) => {
  const find = database.prepare('SELECT * FROM leases WHERE environment = ?');
  return (environment) => {
    const row = find.get(environment) as LeaseRow | undefined;
    return row === undefined ? undefined : fromRow(row);
  };
};

/** Leases beside the log. A released lease keeps its row, so that the fence never falls back. */
export function sqliteLeases(database: DatabaseSync): LeaseStore {
  const find = leaseFinder(database);
  const put = database.prepare(
    'INSERT OR REPLACE INTO leases (environment, holder, fence, since, expires_at, doing, process) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const prolong = database.prepare(
    'UPDATE leases SET expires_at = ?, doing = ? WHERE environment = ? AND holder = ? AND fence = ? AND expires_at > ?',
  );
  const free = database.prepare(
    'UPDATE leases SET expires_at = 0 WHERE environment = ? AND holder = ? AND fence = ?',
  );

  return {
    take: async (claim) =>
      transaction(database, () => {
        const before = find(claim.environment);
        if (before !== undefined && !isFree(before, claim)) return before;
        const lease = leaseOf(claim, before);
        const { environment, holder, fence, since, expiresAt, doing, process } = lease;
        const written = process === undefined ? null : JSON.stringify(process);
        put.run(environment, holder, fence, since, expiresAt, doing, written);
        return lease;
      }),
    renew: async (lease, now, expiresAt, doing) => {
      const { changes } = prolong.run(expiresAt, doing, lease.environment, lease.holder, lease.fence, now);
      return Number(changes) === 1 ? { ...lease, expiresAt, doing } : undefined;
    },
    release: async (lease) => {
      free.run(lease.environment, lease.holder, lease.fence);
    },
    current: async (environment, now) => {
      const lease = find(environment);
      return lease !== undefined && lease.expiresAt > now ? lease : undefined;
    },
  };
}

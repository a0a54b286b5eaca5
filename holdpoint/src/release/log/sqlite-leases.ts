import type { DatabaseSync } from 'node:sqlite';
import type { Lease, LeaseStore } from './log.ts';

interface LeaseRow {
  environment: string;
  holder: string;
  fence: number;
  since: number;
  expires_at: number;
  doing: string;
}

const fromRow = ({ environment, holder, fence, since, expires_at, doing }: LeaseRow): Lease => ({
  environment,
  holder,
  fence,
  since,
  expiresAt: expires_at,
  doing,
});

/** Leases beside the log. A released lease keeps its row, so that the fence never falls back. */
export function sqliteLeases(database: DatabaseSync): LeaseStore {
  const find = database.prepare('SELECT * FROM leases WHERE environment = ?');
  const put = database.prepare('INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?, ?)');
  const prolong = database.prepare(
    'UPDATE leases SET expires_at = ?, doing = ? WHERE environment = ? AND holder = ? AND fence = ? AND expires_at > ?',
  );
  const free = database.prepare(
    'UPDATE leases SET expires_at = 0 WHERE environment = ? AND holder = ? AND fence = ?',
  );
  const lookUp = (environment: string) => find.get(environment) as LeaseRow | undefined;

  return {
    take: async (environment, holder, now, expiresAt, doing) => {
      database.exec('BEGIN IMMEDIATE');
      try {
        const row = lookUp(environment);
        if (row !== undefined && row.expires_at > now) {
          database.exec('COMMIT');
          return fromRow(row);
        }
        const lease = { environment, holder, fence: (row?.fence ?? 0) + 1, since: now, expiresAt, doing };
        put.run(environment, holder, lease.fence, now, expiresAt, doing);
        database.exec('COMMIT');
        return lease;
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK');
        throw error;
      }
    },
    renew: async (lease, now, expiresAt, doing) => {
      const { changes } = prolong.run(expiresAt, doing, lease.environment, lease.holder, lease.fence, now);
      return Number(changes) === 1 ? { ...lease, expiresAt, doing } : undefined;
    },
    release: async (lease) => {
      free.run(lease.environment, lease.holder, lease.fence);
    },
    current: async (environment, now) => {
      const row = lookUp(environment);
      return row !== undefined && row.expires_at > now ? fromRow(row) : undefined;
    },
  };
}

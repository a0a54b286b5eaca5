import type { FastifyRateLimitStore, FastifyRateLimitStoreCtor } from '@fastify/rate-limit';
import type { Pool } from '../database/pool.ts';

const COUNT = `INSERT INTO rate_limits AS r (key, count, until) VALUES ($1, 1, now() + $2 * interval '1 ms')
  ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN r.until <= now() THEN 1 ELSE r.count + 1 END,
    until = CASE WHEN r.until <= now() THEN excluded.until ELSE r.until END
  RETURNING count, extract(epoch FROM until - now()) * 1000 AS ttl`;

/** Counts in PostgreSQL, so that all replicas share one limit where there is no Redis. Fixed windows. */
export function databaseLimitStore(pool: Pool): FastifyRateLimitStoreCtor {
  return class DatabaseLimitStore implements FastifyRateLimitStore {
    incr(...[key, callback, timeWindow]: Parameters<FastifyRateLimitStore['incr']>): void {
      pool.query<{ count: number; ttl: string }>(COUNT, [key, timeWindow]).then(
        ({ rows }) =>
          callback(null, { current: rows[0]?.count ?? 1, ttl: Math.ceil(Number(rows[0]?.ttl ?? 0)) }),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
      );
    }

    child(): FastifyRateLimitStore {
      return this;
    }
  };
}

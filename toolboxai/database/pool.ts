import pg from 'pg';
import { Gauge, type Registry } from 'prom-client';

const INT8 = 20;
// Ids stay far below 2^53, so numbers are safe and spare every reader a conversion.
pg.types.setTypeParser(INT8, Number);

export type Pool = pg.Pool;

/** A pool whose idle errors are reported instead of thrown, with its sizes as a gauge. */
export function createPool(
  url: string,
  size: number,
  registry: Registry,
  onError: (error: Error) => void,
): Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 15_000,
  });
  pool.on('error', onError);
  const gauge: Gauge = new Gauge({
    name: 'db_pool_connections',
    help: 'Database connections of this process by state',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      gauge.set({ state: 'idle' }, pool.idleCount);
      gauge.set({ state: 'used' }, pool.totalCount - pool.idleCount);
      gauge.set({ state: 'waiting' }, pool.waitingCount);
      gauge.set({ state: 'max' }, size);
    },
  });
  return pool;
}

/** Why the database cannot serve a version that needs migration `schema`, or null when it can. */
export async function databaseNotReadyBecause(pool: Pool, schema: number): Promise<string | null> {
  try {
    const found = await pool.query(
      'SELECT 1 FROM schema_migrations WHERE version = $1 AND finished_at IS NOT NULL',
      [schema],
    );
    return found.rowCount === 1 ? null : `migration ${schema} is missing`;
  } catch (error) {
    return `database: ${error instanceof Error && 'code' in error ? String(error.code) : 'unreachable'}`;
  }
}

/** 'up' or 'down'. */
export async function databaseState(pool: Pool): Promise<string> {
  return pool.query('SELECT 1').then(
    () => 'up',
    () => 'down',
  );
}

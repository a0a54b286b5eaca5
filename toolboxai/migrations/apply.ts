import type { Client } from 'pg';
import { type Applied, type Migration, splitStatements, withoutTransaction } from './plan.ts';

const LOCK = 724190;
const LOCK_TIMEOUT = '5s';

const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS schema_migrations (
  version int PRIMARY KEY,
  name text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
)`;
const BEGIN_ROW = `INSERT INTO schema_migrations (version, name) VALUES ($1, $2)
  ON CONFLICT (version) DO UPDATE SET started_at = now(), finished_at = NULL`;
const FINISH_ROW = 'UPDATE schema_migrations SET finished_at = now() WHERE version = $1';
const DELETE_ROW = 'DELETE FROM schema_migrations WHERE version = $1';

export type Report = (line: Record<string, unknown>) => void;

/** Runs `work` while no other migration of this database can. */
export async function withMigrationLock<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query('SELECT pg_advisory_lock($1)', [LOCK]);
  try {
    await client.query(CREATE_TABLE);
    return await work();
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK]);
  }
}

/** What the database has; nothing when it has never been migrated. Writes nothing. */
export async function readApplied(client: Client): Promise<readonly Applied[]> {
  const table = await client.query<{ found: boolean }>(
    "SELECT to_regclass('schema_migrations') IS NOT NULL AS found",
  );
  if (!table.rows[0]?.found) return [];
  const rows = await client.query<Applied>(
    'SELECT version, finished_at IS NOT NULL AS finished FROM schema_migrations ORDER BY version',
  );
  return rows.rows;
}

async function step(
  client: Client,
  sql: string,
  before: () => Promise<unknown>,
  after: () => Promise<unknown>,
): Promise<void> {
  // A migration that waits for a lock makes every later query wait behind it, so it gives up soon instead.
  await client.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
  if (withoutTransaction(sql)) {
    await before();
    for (const statement of splitStatements(sql)) await client.query(statement);
    await after();
    return;
  }
  await client.query('BEGIN');
  try {
    await before();
    await client.query(sql);
    await after();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

function timed(report: Report, migration: Migration, direction: 'up' | 'down'): () => void {
  const start = performance.now();
  return () =>
    report({
      direction,
      version: migration.version,
      name: migration.name,
      ms: Math.round(performance.now() - start),
    });
}

/** Applies pending migrations up to and including `to`. A broken-off one must be taken down first. */
export async function migrateUp(
  client: Client,
  migrations: readonly Migration[],
  to: number,
  report: Report,
): Promise<void> {
  const applied = await readApplied(client);
  const broken = applied.find((row) => !row.finished);
  if (broken)
    throw new Error(`migration ${broken.version} broke off; run down --to ${broken.version - 1} first`);
  for (const migration of migrations) {
    if (migration.version > to || applied.some((row) => row.version === migration.version)) continue;
    const done = timed(report, migration, 'up');
    const { version, name } = migration;
    await step(
      client,
      migration.up,
      () => client.query(BEGIN_ROW, [version, name]),
      () => client.query(FINISH_ROW, [version]),
    );
    done();
  }
}

/** Takes migrations above `to` back, newest first. Refuses when this release does not know one of them. */
export async function migrateDown(
  client: Client,
  migrations: readonly Migration[],
  to: number,
  report: Report,
): Promise<void> {
  const above = (await readApplied(client)).filter((row) => row.version > to).toReversed();
  const chosen = above.map(({ version }) => {
    const known = migrations.find((migration) => migration.version === version);
    if (!known)
      throw new Error(`migration ${version} is unknown to this release; use the release that has it`);
    return known;
  });
  for (const migration of chosen) {
    const done = timed(report, migration, 'down');
    await step(
      client,
      migration.down,
      async () => undefined,
      () => client.query(DELETE_ROW, [migration.version]),
    );
    done();
  }
}

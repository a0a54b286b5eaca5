import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

/**
 * `up`, `down --to HEAD` and `status` over the SQL files beside it. Each `up` writes a line into `applied_log`, which
 * has no key: what was applied twice stands there twice.
 */
const folder = join(import.meta.dirname, 'migrations');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.up.sql'))
  .sort();
const known = names.map((name) => name.slice(0, 4));
const [command, , to = ''] = process.argv.slice(2);
const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });

async function applied(): Promise<readonly string[]> {
  const { rows } = await client.query<{ version: string }>(
    'SELECT version FROM schema_migrations ORDER BY version',
  );
  return rows.map(({ version }) => version);
}

async function apply(name: string, direction: 'up' | 'down'): Promise<void> {
  const version = name.slice(0, 4);
  const sql = readFileSync(join(folder, name.replace('.up.sql', `.${direction}.sql`)), 'utf8');
  await client.query('BEGIN');
  await client.query(sql);
  if (direction === 'up') {
    await client.query('INSERT INTO schema_migrations VALUES ($1)', [version]);
    await client.query('INSERT INTO applied_log VALUES ($1)', [`up ${version}`]);
  } else {
    await client.query('DELETE FROM schema_migrations WHERE version = $1', [version]);
    await client.query('DELETE FROM applied_log WHERE entry = $1', [`up ${version}`]);
  }
  await client.query('COMMIT');
}

await client.connect();
// Whoever was cut off may have left one at work.
await client.query('SELECT pg_advisory_lock(724191)');
await client.query(`CREATE TABLE IF NOT EXISTS schema_migrations (version text PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS applied_log (entry text NOT NULL)`);
const before = await applied();
if (command === 'up') {
  for (const name of names) if (!before.includes(name.slice(0, 4))) await apply(name, 'up');
}
if (command === 'down') {
  for (const name of names.toReversed())
    if (before.includes(name.slice(0, 4)) && name.slice(0, 4) > to) await apply(name, 'down');
}
const now = await applied();
await client.end();
console.log(
  JSON.stringify({
    current: now.at(-1) ?? null,
    pending: known.filter((version) => !now.includes(version)),
    head: known.at(-1) ?? null,
  }),
);

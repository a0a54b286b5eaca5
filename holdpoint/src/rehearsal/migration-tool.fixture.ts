import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

// A migration tool as teams have them: `0001.up.sql` and `0001.down.sql` in a folder, each in a transaction of its own
// unless its first line is `-- no transaction`.
const [folder = '', verb, , to = '0'] = process.argv.slice(2);
const all = [...new Set(readdirSync(folder).map((file) => Number.parseInt(file, 10)))].sort((a, b) => a - b);
const textOf = (id: number, way: 'up' | 'down'): string =>
  readFileSync(join(folder, `${String(id).padStart(4, '0')}.${way}.sql`), 'utf8');

const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
await client.connect();
await client.query(
  'create table if not exists schema_migrations (version int primary key, at timestamptz default now())',
);

async function applied(): Promise<readonly number[]> {
  const { rows } = await client.query<{ version: number }>(
    'select version from schema_migrations order by 1',
  );
  return rows.map(({ version }) => version);
}

async function step(sql: string, note: string, id: number): Promise<void> {
  if (sql.startsWith('-- no transaction')) {
    for (const statement of sql.split(';').filter((part) => part.trim() !== ''))
      await client.query(statement);
    await client.query(note, [id]);
    return;
  }
  await client.query('begin');
  await client.query(sql);
  await client.query(note, [id]);
  await client.query('commit');
}

try {
  const done = await applied();
  const pending = all.filter((id) => !done.includes(id));
  if (verb === 'status') {
    console.log(JSON.stringify({ current: done.at(-1) ?? null, pending, head: all.at(-1) ?? null }));
  }
  if (verb === 'up') {
    for (const id of pending) await step(textOf(id, 'up'), 'insert into schema_migrations values ($1)', id);
  }
  if (verb === 'down') {
    for (const id of done.filter((one) => one > Number(to)).reverse()) {
      await step(textOf(id, 'down'), 'delete from schema_migrations where version = $1', id);
    }
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await client.end();
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type MigrateCommands, migrateCommands } from '../migrate/commands.ts';

/** The first migration, which every database has. */
export const FIRST = `
  create table users (id int primary key, name text not null, note text);
  create table orders (id int generated always as identity primary key, user_id int not null references users, amount int not null);
  create index orders_of_user on orders (user_id);
  create table schema_migrations (version int primary key, at timestamptz default now());
  insert into schema_migrations values (1);
  insert into users select i, 'user ' || i, case when i % 2 = 0 then 'even' end from generate_series(1, 2000) i;
  insert into orders (user_id, amount) select 1 + i % 2000, i from generate_series(1, 5000) i`;

/** Commands of a release whose second migration is this one; its files are gone after the test. */
export async function migrating(up: string, down: string): Promise<(url: string) => MigrateCommands> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-rehearsal-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, sql] of Object.entries({
    '0001.up': '',
    '0001.down': '',
    '0002.up': up,
    '0002.down': down,
  })) {
    await writeFile(join(folder, `${name}.sql`), sql);
  }
  const tool = [
    process.execPath,
    fileURLToPath(new URL('./migration-tool.fixture.ts', import.meta.url)),
    folder,
  ];
  const settings = {
    up: [...tool, 'up'],
    down: [...tool, 'down', '--to', '{head}'],
    status: [...tool, 'status'],
  };
  return (url) => migrateCommands(settings, { folder, version: '2.0.0', environment: { DATABASE_URL: url } });
}

import { readdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { hashPassword } from '../backend/passwords.ts';
import { readText, requireUrl } from '../settings/environment.ts';
import { migrateDown, migrateUp, readApplied, withMigrationLock } from './apply.ts';
import { type Migration, pairMigrations, statusOf } from './plan.ts';

const USAGE = `usage: migrate.mjs up [--to N] | down --to N | status | seed   [--json]
  DATABASE_URL        the database
  DEMO_USER, DEMO_PASSWORD   what seed inserts (an existing user gets the new password)`;

function readMigrations(): readonly Migration[] {
  // Beside the bundle in a release; the sources are their own folder.
  const here = import.meta.dirname;
  const folder = readdirSync(here).includes('migrations') ? `${here}/migrations` : here;
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'));
  return pairMigrations(new Map(names.map((name) => [name, readFileSync(`${folder}/${name}`, 'utf8')])));
}

function wholeNumber(text: string | undefined): number | null {
  if (text === undefined) return null;
  if (!/^\d{1,4}$/.test(text)) throw new Error('--to must be a migration number');
  return Number(text);
}

async function seed(client: pg.Client): Promise<Record<string, unknown>> {
  const user = readText(process.env, 'DEMO_USER');
  const hash = await hashPassword(readText(process.env, 'DEMO_PASSWORD'));
  await client.query(
    'INSERT INTO users (name, password_hash) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET password_hash = $2',
    [user, hash],
  );
  return { seeded: user };
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { to: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  const [command] = positionals;
  const print = (value: Record<string, unknown>): void =>
    console.log(
      values.json
        ? JSON.stringify(value)
        : Object.entries(value)
            .map(([k, v]) => `${k}=${v}`)
            .join(' '),
    );
  if (values.help || !command || !['up', 'down', 'status', 'seed'].includes(command)) {
    console.error(USAGE);
    return values.help ? 0 : 64;
  }
  const migrations = readMigrations();
  const to = wholeNumber(values.to);
  if (command === 'down' && to === null) throw new Error('down needs --to N; 0 takes everything back');
  const client = new pg.Client({
    connectionString: requireUrl(process.env, 'DATABASE_URL', ['postgres:', 'postgresql:']),
    connectionTimeoutMillis: 5_000,
    application_name: 'migrate',
  });
  await client.connect();
  try {
    if (command === 'up')
      await withMigrationLock(client, () =>
        migrateUp(client, migrations, to ?? Number.MAX_SAFE_INTEGER, print),
      );
    if (command === 'down')
      await withMigrationLock(client, () => migrateDown(client, migrations, to ?? 0, print));
    if (command === 'seed') print(await seed(client));
    else print({ ...statusOf(migrations, await readApplied(client)) });
  } finally {
    await client.end();
  }
  return 0;
}

main().then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    console.error(`migrate: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  },
);

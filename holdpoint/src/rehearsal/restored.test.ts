import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postgresBackup } from '../backup/postgres/engine.ts';
import { digest, runId } from '../kernel/ids.ts';
import { runJourney } from '../smoke/run.ts';
import { systemClock } from '../system/clock.ts';
import { run } from '../system/exec/run.ts';
import { http } from '../system/http.ts';
import { startTemporaryServer, type TemporaryServer } from '../system/postgres/temporary-server.ts';
import { query } from './copies.fixture.ts';
import { FIRST, migrating } from './migration.fixture.ts';
import { journeyOf, launchOf } from './plain-trial.fixture.ts';
import { openProcessPlace } from './process-place.ts';
import { createRehearser } from './rehearse.ts';
import { rehearsalSettings } from './settings.ts';
import { tryVersion } from './trial.ts';

let server: TemporaryServer;
let folder = '';
beforeAll(async () => {
  server = await startTemporaryServer(run);
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-rehearsing-'));
  // The restored server may run as another user, who has to get in.
  await chmod(folder, 0o711);
  await query(server.url, FIRST);
});
afterAll(async () => {
  await server?.remove();
  if (folder !== '') await rm(folder, { recursive: true, force: true });
});

test('a backup is restored, migrated and tried by both versions, and the original sees nothing of it', async () => {
  const [clock, exec] = [systemClock, run];
  const scratch = join(folder, 'scratch');
  const backups = postgresBackup({
    url: server.url,
    data: server.data,
    folder: join(folder, 'backups'),
    scratch,
    clock,
    exec,
  });
  const { id } = await backups.create(runId('rehearsed'));
  const commandsAt = await migrating(
    'alter table users rename name to title',
    'alter table users rename title to name',
  );
  const statements = (column: string) => ({
    DATABASE_URL: server.url,
    READ: `select ${column} from users limit 1`,
    WRITE: `insert into users (id, ${column}) select max(id) + 1, 'new' from users`,
  });
  let number = 0;
  const rehearser = createRehearser({
    withRestored: backups.withRestored,
    commandsAt,
    tryVersion: (order) =>
      tryVersion({
        ...order,
        open: (launches) =>
          openProcessPlace({
            ...order,
            launches,
            databases: { production: server.url, scratch: order.restored.url },
          }),
        runJourney: (journey, url, signal) =>
          runJourney(journey, { url, signal, clock, http, unique: () => `u${++number}`, variables: {} }),
        http,
        clock,
      }),
    launchesOf: ({ version }) => [launchOf(statements(version === '1.0.0' ? 'name' : 'title'))],
    journeys: [journeyOf('smoke.notes', 'POST /notes', 'GET /notes')],
    settings: rehearsalSettings.parse({ isolation: 'preferred' }),
    exec,
    clock,
  });
  const revision = (version: string) => ({ version, digest: digest('0'.repeat(64)) });
  const { evidence, wayBack, ownWrites } = await rehearser.rehearse({
    backup: id,
    from: revision('1.0.0'),
    to: revision('2.0.0'),
    signal: new AbortController().signal,
  });
  expect(evidence.verdict).toBe('pass');
  expect(ownWrites).toEqual([
    { table: 'postgres.public.schema_migrations', inserted: 1, updated: 0, deleted: 0 },
  ]);
  expect(wayBack).toMatchObject({ kind: 'database', by: 'down' });
  expect(wayBack.reasons[0]).toMatch(/^1\.0\.0 fails on the migrated copy: /);
  const rows = await query(server.url, 'select count(*)::int as users, count(name)::int as names from users');
  expect(rows).toEqual([{ users: 2000, names: 2000 }]);
  expect(await query(server.url, 'select version from schema_migrations')).toEqual([{ version: 1 }]);
  expect(await readdir(scratch)).toEqual([]);
});

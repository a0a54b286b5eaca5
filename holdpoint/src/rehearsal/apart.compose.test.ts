import { randomUUID } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresBackup } from '../backup/postgres/engine.ts';
import { runId } from '../kernel/ids.ts';
import { migrateCommands } from '../migrate/commands.ts';
import { migrateUp, migrationStatus } from '../migrate/migrations.ts';
import { throughService } from '../migrate/one-off.ts';
import { systemClock } from '../system/clock.ts';
import { run } from '../system/exec/run.ts';
import { http } from '../system/http.ts';
import { withSession } from '../system/postgres/connection.ts';
import { containerControl } from '../system/postgres/container-control.ts';
import { dockerWithPostgres, makePostgresImage, sh } from '../system/postgres/container-server.fixture.ts';
import { composeSettings } from '../targets/compose/settings.ts';
import { composeTarget } from '../targets/compose/target.ts';
import type { Revision, Target } from '../targets/target.ts';
import { throughApart } from './apart.ts';
import { createRehearser } from './rehearse.ts';
import { rehearsalSettings } from './settings.ts';

const here = await dockerWithPostgres();
const name = `hp-compose-${randomUUID().slice(0, 8)}`;

/** A migration tool of a few lines, which is told of its database by a file as any service with secrets is. */
const TOOL = `
url=$(cat $DATABASE_URL_FILE)
ask() { psql -qAtX -v ON_ERROR_STOP=1 "postgres\${url#postgresql+asyncpg}" "$@"; }
now=$(ask -c 'select max(version) from schema_migrations')
case $1 in
  status) if [ "$now" = 2 ]; then p='[]'; else p='["2"]'; fi; echo "{\\"current\\":\\"$now\\",\\"pending\\":$p,\\"head\\":\\"2\\"}" ;;
  up) ask -c 'begin; alter table users drop column note; insert into schema_migrations values (2); commit' ;;
  down) ask -c 'begin; alter table users add column note text; delete from schema_migrations where version > 1; commit' ;;
esac
`;

const FILES = `
services:
  postgres:
    image: ${name}-postgres
    environment: { POSTGRES_PASSWORD: production-password, REPLICATION: 'yes' }
    volumes: [data:/var/lib/postgresql/data]
    networks: [inner]
  backend:
    image: ${name}-backend:\${VERSION:-2.0.0}
    command: [sleep, '600']
    environment: { DATABASE_URL_FILE: /run/secrets/database_url }
    networks: [inner]
    secrets: [database_url]
    stop_grace_period: 1s
volumes: { data: {} }
networks: { inner: { internal: true } }
secrets: { database_url: { file: ./database_url } }
`;

describe.runIf(here)('a database of a compose project', () => {
  let folder = '';
  let target: Target;
  let revision: Revision;
  const url = 'postgres://postgres:production-password@postgres:5432/postgres';
  const server = containerControl({ url, container: { service: 'postgres', project: name }, exec: run });
  const compose = (words: string): Promise<string> =>
    sh(`cd ${folder} && docker-compose --project-name ${name} --file compose.yml ${words}`);
  const query = async <Row>(text: string): Promise<readonly Row[]> =>
    withSession(await server.url(), { statementTimeout: 30_000 }, (session) => session.query<Row>(text));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-compose-'));
    await chmod(folder, 0o711);
    await makePostgresImage(`${name}-postgres`);
    await writeFile(join(folder, 'migrate.sh'), TOOL);
    await sh(
      `id=$(docker create ${name}-postgres); docker cp ${folder}/migrate.sh $id:/migrate.sh; docker export $id | docker image import --change 'ENV PATH=/usr/lib/postgresql/15/bin:/bin' - ${name}-backend:2.0.0; docker rm --force --volumes $id`,
    );
    await writeFile(join(folder, 'compose.yml'), FILES);
    await writeFile(join(folder, 'database_url'), `${url.replace('postgres:', 'postgresql+asyncpg:')}\n`);
    await compose('up --detach postgres');
    // Waits for the one that starts already.
    await server.start(await server.data(), undefined, new AbortController().signal);
    await query(
      `create table users (id int primary key, note text); create table schema_migrations (version int);
       insert into schema_migrations values (1); insert into users select i, 'note ' || i from generate_series(1, 100) i`,
    );
    const settings = composeSettings.parse({
      kind: 'compose',
      files: ['compose.yml'],
      project: name,
      services: { backend: { routed: false } },
    });
    target = await composeTarget({
      settings,
      folder,
      state: join(folder, 'state'),
      variables: { ...process.env },
      exec: run,
      http,
      clock: systemClock,
    });
    revision = await target.resolve('2.0.0');
  }, 300_000);
  afterAll(async () => {
    if (folder === '') return;
    await compose('down --volumes --timeout 1 --remove-orphans').catch(() => undefined);
    await sh(
      `docker image ls --format '{{.Repository}}:{{.Tag}}' | grep ${name} | xargs -r docker image rm --force`,
    );
    await rm(folder, { recursive: true, force: true });
  });

  const commandsAt = (at: string) => {
    const tool = ['sh', '/migrate.sh'];
    const words = {
      up: [...tool, 'up'],
      down: [...tool, 'down', '{head}'],
      status: [...tool, 'status'],
    };
    return migrateCommands(words, { folder, version: '2.0.0', environment: { DATABASE_URL: at } });
  };

  test('is rehearsed on a copy, migrated, and restored as it was', { timeout: 600_000 }, async () => {
    const backups = postgresBackup({
      server,
      folder: join(folder, 'backups'),
      scratch: join(folder, 'scratch'),
      clock: systemClock,
      exec: run,
    });
    const { id } = await backups.create(runId('before'));
    const rehearser = createRehearser({
      withRestored: backups.withRestored,
      commandsAt,
      tryVersion: () => Promise.reject(new Error('nothing can be launched')),
      launchesOf: target.launches,
      journeys: [],
      settings: rehearsalSettings.parse({}),
      exec: run,
      execOf: (of) =>
        throughApart({
          exec: run,
          production: url,
          overlay: {},
          container: (apart) =>
            throughService({ exec: run, target, revision: of, service: 'backend', apart }),
        }),
      clock: systemClock,
    });
    const signal = new AbortController().signal;
    const { evidence, wayBack } = await rehearser.rehearse({
      backup: id,
      from: { ...revision, version: '1.9.0' },
      to: revision,
      signal,
    });
    expect(evidence.details?.join('\n')).toContain('users.note');
    expect(evidence.details?.join('\n')).toContain('cannot start a version elsewhere');
    expect(wayBack).toMatchObject({ kind: 'database', by: 'restore' });
    expect(
      await query(
        'select max(version) as at, (select count(note)::int from users) as notes from schema_migrations',
      ),
    ).toEqual([{ at: 1, notes: 100 }]);

    const exec = throughService({ exec: run, target, revision, service: 'backend' });
    const up = await migrateUp(exec, commandsAt(url), { timeout: 60_000, signal });
    expect(up).toMatchObject({ settled: true, status: { current: '2', pending: [] } });
    await expect(query('select note from users')).rejects.toThrow('does not exist');

    for (const step of await backups.restoring(id, runId('back'))) await step.perform(signal);
    expect(await query('select count(note)::int as notes from users')).toEqual([{ notes: 100 }]);
    expect(await migrationStatus(exec, commandsAt(url), { timeout: 60_000 })).toMatchObject({ current: '1' });
  });
});

import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';
import { withSession } from '../../system/postgres/connection.ts';
import { containerControl } from '../../system/postgres/container-control.ts';
import {
  type ContainerServer,
  dockerWithPostgres,
  folderOf,
  makePostgresImage,
  sh,
  startContainerServer,
} from '../../system/postgres/container-server.fixture.ts';
import type { Backup, DatabaseBackup, RestoreStep } from '../backup.ts';
import { postgresBackup } from './engine.ts';
import type { Restoring } from './restoring.fixture.ts';

const here = await dockerWithPostgres();
const name = `hp-backup-${randomUUID().slice(0, 8)}`;
const image = `${name}-image`;
const { signal } = new AbortController();

describe.runIf(here)('the database in a container', { timeout: 300_000 }, () => {
  let server: ContainerServer;
  let folder = '';
  let data = '';
  let taken: Backup;
  let runs = 0;

  const control = (container = name) =>
    containerControl({ url: server.url, container: { name: container }, exec: run });
  const engine = (container = name, way?: 'pg_basebackup' | 'pg_backup_start'): DatabaseBackup =>
    postgresBackup({
      server: control(container),
      folder,
      clock: systemClock,
      exec: run,
      ...(way === undefined ? {} : { way }),
    });
  const query = async <Row>(text: string): Promise<readonly Row[]> =>
    withSession(await control().url(), { statementTimeout: 30_000 }, (session) => session.query<Row>(text));
  const letters = (): Promise<unknown> => query('select count(*)::int as letters from letters');
  const beside = async (): Promise<readonly string[]> =>
    (await readdir(dirname(data))).filter((entry) => entry !== '_data').sort();

  beforeAll(async () => {
    await makePostgresImage(image);
    server = await startContainerServer({ name, image });
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-backups-'));
    data = await folderOf(name);
    await query(
      `create table letters (id bigserial primary key, body text);
       insert into letters (body) select repeat(md5(i::text), 40) from generate_series(1, 500) i`,
    );
    taken = await engine().create(runId('before'));
  }, 300_000);
  afterEach(async () => {
    for (const one of await beside()) await rm(join(dirname(data), one), { recursive: true });
  });
  afterAll(async () => {
    await server?.remove();
    await rm(folder, { recursive: true, force: true });
    await sh(`docker image rm --force ${image}`);
  });

  const newRun = async (): Promise<string> => {
    runs += 1;
    await query(`insert into letters (body) values ('after the backup ${runs}')`);
    return `run-${runs}`;
  };
  const perform = async (steps: readonly RestoreStep[], until?: RestoreStep['name']) => {
    const lines: string[] = [];
    for (const step of steps) {
      lines.push((await step.found()) ?? (await step.perform(signal)));
      if (step.name === until) break;
    }
    return lines;
  };

  test('is copied by the client from outside, and by the functions from the folder of its volume', async () => {
    expect(taken.way).toBe('pg_basebackup');
    const second = await engine(name, 'pg_backup_start').create(runId('functions'));
    expect(second).toMatchObject({ way: 'pg_backup_start', databases: ['postgres'] });
    for (const { id } of [taken, second]) {
      const { evidence, proof } = await engine().prove(id);
      expect(evidence).toMatchObject({ verdict: 'pass' });
      expect(proof).toMatchObject({ rows: 500 });
    }
  });

  test('tells what was written since', async () => {
    const { id } = await engine().create(runId('loss'));
    await query(`insert into letters (body) values ('lost'), ('lost')`);
    expect(await engine().lossSince(id)).toMatchObject({
      rows: 2,
      tables: [{ table: 'postgres.public.letters', inserted: 2, updated: 0, deleted: 0 }],
    });
    await query(`delete from letters where body = 'lost'`);
  });

  test('is restored in place: stopped, its volume renamed, started and compared', async () => {
    const own = await newRun();
    const before = await stat(data);
    const lines = await perform(await engine().restoring(taken.id, runId(own)));
    expect(lines).toEqual([
      expect.stringMatching(/^\d+ files, .* compared with their digests/),
      `stopped the container ${name}`,
      expect.stringContaining(`what was there before is ${data}.before-${own}`),
      `the server runs on the restored data, in the container ${name}`,
      expect.stringMatching(/^1 tables with 500 rows are as in the backup/),
    ]);
    const { uid, gid, mode } = await stat(data);
    expect({ uid, gid, mode: mode & 0o777 }).toEqual({ uid: 1005, gid: 1005, mode: 0o700 });
    expect(before.uid).toBe(1005);
    expect(await letters()).toEqual([{ letters: 500 }]);
    expect(await beside()).toEqual([`_data.before-${own}`]);
    const again = await engine().restoring(taken.id, runId(own));
    expect(await again[3]?.found()).toContain('the server runs on the restored data');
  });

  test('made anew by compose while its data is replaced, the new container is started on the restored data', async () => {
    const own = await newRun();
    await perform(await engine().restoring(taken.id, runId(own)), 'stop-server');
    await server.recreate();
    await perform(await engine().restoring(taken.id, runId(own)));
    expect(await letters()).toEqual([{ letters: 500 }]);
  });

  test('started by others while its data is replaced, nothing is moved under it', async () => {
    const own = await newRun();
    const steps = await engine().restoring(taken.id, runId(own));
    await perform(steps, 'stop-server');
    await server.recreate();
    await sh(`docker container start ${name}`);
    await expect(steps.find((step) => step.name === 'swap')?.perform(signal)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(`in the container ${name}`),
    });
    expect(await beside()).toContain(`_data.restored-${own}`);
    await control().start(data, undefined, signal);
    expect(await letters()).toEqual([{ letters: 500 + 1 }]);
    await perform(await engine().restoring(taken.id, runId(own)));
    expect(await letters()).toEqual([{ letters: 500 }]);
  });

  test('with another container declared is refused before anything is touched', async () => {
    const other = `${name}-other`;
    const second = await startContainerServer({ name: other, image });
    try {
      await expect(engine(other).restoring(taken.id, runId('wrong'))).rejects.toMatchObject({
        code: 'configuration',
        message: expect.stringContaining('another server'),
      });
      const own = containerControl({ url: await control().url(), container: { name: other }, exec: run });
      const mixed = postgresBackup({ server: own, folder, clock: systemClock, exec: run });
      await expect(mixed.create(runId('mixed'))).rejects.toMatchObject({ code: 'configuration' });
      expect(await readdir(folder)).not.toContainEqual(expect.stringContaining('mixed'));
    } finally {
      await second.remove();
    }
  });

  test('a server that nobody has let replicate is copied by its functions', async () => {
    const closed = `${name}-closed`;
    const second = await startContainerServer({ name: closed, image, replication: false });
    try {
      const own = containerControl({ url: second.url, container: { name: closed }, exec: run });
      const at = { server: own, folder, clock: systemClock, exec: run };
      const copied = await postgresBackup(at).create(runId('closed'));
      expect(copied.way).toBe('pg_backup_start');
      await expect(
        postgresBackup({ ...at, way: 'pg_basebackup' }).create(runId('wanted')),
      ).rejects.toMatchObject({ code: 'configuration', next: expect.stringContaining('pg_hba.conf') });
    } finally {
      await second.remove();
    }
  });

  describe('restored by a process that is killed', () => {
    const restoreIn = async (own: string, death: Partial<Restoring> = {}) => {
      const given = {
        url: server.url,
        container: name,
        folder,
        id: taken.id,
        run: own,
        ...death,
      } satisfies Restoring;
      const args = [join(import.meta.dirname, 'restoring.fixture.ts'), JSON.stringify(given)];
      const ended = await run({ program: process.execPath, args }, { timeout: 240_000 });
      const killed = ended.signal === 'SIGKILL';
      expect(ended).toMatchObject({ stderr: '', exitCode: killed ? null : 0 });
      return killed ? undefined : (JSON.parse(ended.stdout) as Readonly<Record<string, number>>);
    };

    test('goes on where it was, whichever step it was', { timeout: 600_000 }, async () => {
      const counts = await restoreIn(await newRun());
      expect(counts).toMatchObject({ swap: expect.any(Number), compare: expect.any(Number) });
      const deaths = (['stop-server', 'swap', 'start-server'] as const).flatMap((step) =>
        // Not the last ones: how often a container is looked at until it is ready differs.
        [0, 0.3, 0.7].map((part) => ({ step, change: Math.ceil((counts?.[step] ?? 0) * part) || 1 })),
      );
      for (const dieAt of [{ step: 'lay-beside', change: 30 }, ...deaths]) {
        const own = await newRun();
        expect(await restoreIn(own, { dieAt }), JSON.stringify(dieAt)).toBeUndefined();
        expect(await restoreIn(own), JSON.stringify(dieAt)).toBeDefined();
        expect(await letters(), JSON.stringify(dieAt)).toEqual([{ letters: 500 }]);
        expect(await beside()).toContain(`_data.before-${own}`);
      }
    });
  });
});

import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';
import { withSession } from '../../system/postgres/connection.ts';
import { startServer, stopServer } from '../../system/postgres/server.ts';
import { startTemporaryServer, type TemporaryServer } from '../../system/postgres/temporary-server.ts';
import type { Backup } from '../backup.ts';
import { postgresBackup } from './engine.ts';

/** A server whose log is archived, with a backup of it, to be restored again and again. */
export interface RestoreStage {
  readonly server: TemporaryServer;
  readonly folder: string;
  readonly archive: string;
  readonly taken: Backup;
  /** Writes what only the data of now has, and names a run that puts the backup in its place. */
  newRun(): Promise<{ readonly run: string; readonly timeline: number }>;
  timelineNow(): Promise<number>;
  /** What lies beside the data directory. */
  beside(): Promise<readonly string[]>;
  /** The backup serves, replaced once; the safety copy holds the newer data and can serve; nothing else lies about. */
  expectReplaced(name: string, timeline: number): Promise<void>;
  clear(): Promise<void>;
  remove(): Promise<void>;
}

export async function query<Row>(at: string, text: string): Promise<readonly Row[]> {
  return withSession(at, { statementTimeout: 60_000 }, (session) => session.query<Row>(text));
}

export async function openRestoreStage(): Promise<RestoreStage> {
  const archive = await mkdtemp(join(tmpdir(), 'holdpoint-archive-'));
  await chmod(archive, 0o777);
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-backups-'));
  const server = await startTemporaryServer(run, {
    archive_mode: 'on',
    archive_command: `test ! -f ${archive}/%f && cp %p ${archive}/%f`,
  });
  // Half of the files to copy, each time.
  await query(server.url, 'alter database template0 is_template false');
  await query(server.url, 'drop database template0');
  await query(
    server.url,
    `create table letters (id bigserial primary key, body text);
     insert into letters (body) select repeat(md5(i::text), 40) from generate_series(1, 500) i`,
  );
  await query(server.url, `alter system set work_mem = '5MB'`);
  // As an earlier recovery by hand leaves it: PostgreSQL refuses a second target beside it.
  await query(server.url, `alter system set recovery_target_name = 'long ago'`);
  const settings = await readFile(join(server.data, 'postgresql.auto.conf'), 'utf8');
  const { url, data } = server;
  const backups = postgresBackup({ url, data, folder, clock: systemClock, exec: run });
  const taken = await backups.create(runId('before'));
  let runs = 0;

  async function newRun(): Promise<{ readonly run: string; readonly timeline: number }> {
    runs += 1;
    await query(server.url, `insert into letters (body) values ('after the backup ${runs}')`);
    return { run: `run-${runs}`, timeline: await timelineNow() };
  }

  async function timelineNow(): Promise<number> {
    const [row] = await query<{ timeline: number }>(
      server.url,
      'select timeline_id as timeline from pg_control_checkpoint()',
    );
    return row?.timeline ?? 0;
  }

  const beside = async (): Promise<readonly string[]> =>
    (await readdir(dirname(server.data))).filter((name) => name !== 'data').sort();

  async function expectReplaced(name: string, timeline: number): Promise<void> {
    const rows = await query(server.url, 'select count(*)::int as letters from letters');
    expect(rows).toEqual([{ letters: 500 }]);
    expect(await timelineNow()).toBe(timeline + 1);
    expect(await readFile(join(server.data, 'postgresql.auto.conf'), 'utf8')).toBe(settings);
    expect(await beside()).toEqual([`data.before-${name}`]);
    const safety = `${server.data}.before-${name}`;
    const second = await startServer(server.binaries, { data: safety, within: 60_000 }, run);
    try {
      const at = server.url.replace(`:${server.port}/`, `:${second.port}/`);
      const kept = await query(at, 'select body from letters order by id desc limit 1');
      expect(kept).toEqual([{ body: `after the backup ${runs}` }]);
    } finally {
      await stopServer(server.binaries, safety, 10_000, run);
    }
  }

  const clear = async (): Promise<void> => {
    for (const name of await beside()) await rm(join(dirname(server.data), name), { recursive: true });
  };
  const remove = async (): Promise<void> => {
    await server.remove();
    for (const path of [folder, archive]) await rm(path, { recursive: true, force: true });
  };
  return { server, folder, archive, taken, newRun, timelineNow, beside, expectReplaced, clear, remove };
}

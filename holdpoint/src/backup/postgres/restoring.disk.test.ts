import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runId } from '../../kernel/ids.ts';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';
import { placeBinaries } from '../../system/postgres/binaries.ts';
import { initCluster } from '../../system/postgres/cluster.ts';
import { withSession } from '../../system/postgres/connection.ts';
import { runningServer } from '../../system/postgres/postmaster.ts';
import type { Binaries } from '../../system/postgres/programs.ts';
import { startServer, stopServer } from '../../system/postgres/server.ts';
import { postgresBackup } from './engine.ts';

const mount = (...args: readonly string[]) => run({ program: 'mount', args }, { timeout: 10_000 });
const unmount = (path: string) => run({ program: 'umount', args: [path] }, { timeout: 10_000 });

const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('tmpfs');
const disk = await mkdtemp(join(tmpdir(), 'holdpoint-disk-'));
const mountDisk = () => mount('-t', 'tmpfs', '-o', 'size=256m,mode=711', 'none', disk);
const able = (await mountDisk().catch(() => undefined))?.exitCode === 0;
// Taken away at once: what is asked for other tests only never comes to the end of this file.
if (able) await unmount(disk);
await rm(disk, { recursive: true, force: true });
if (!able && !required) console.log('skipped: no file system can be mounted here, so no disk can be filled');

describe.runIf(able || required)('on a disk of its own', () => {
  const { signal } = new AbortController();
  const data = join(disk, 'data');
  let binaries: Binaries;
  let folder = '';
  let url = '';
  let id = '';
  const engine = (at: string) => postgresBackup({ url, data: at, folder, clock: systemClock, exec: run });

  beforeAll(async () => {
    binaries = await placeBinaries();
    await mkdir(disk);
    expect(await mountDisk()).toMatchObject({ exitCode: 0 });
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-backups-'));
    await chmod(disk, 0o711);
    await initCluster(
      binaries,
      { data, user: 'postgres', password: 'x', durable: false, walSegment: 1 },
      run,
    );
    const { port } = await startServer(binaries, { data, within: 60_000, settings: { fsync: 'off' } }, run);
    url = `postgres://postgres:x@127.0.0.1:${port}/postgres`;
    await withSession(url, { statementTimeout: 60_000 }, (session) =>
      session.query('create table letters as select i from generate_series(1, 1000) i'),
    );
    id = await engine(data)
      .create(runId('before'))
      .then((backup) => backup.id);
  });

  afterAll(async () => {
    if (binaries !== undefined) await stopServer(binaries, data, 10_000, run);
    await unmount(disk);
    for (const path of [folder, disk]) if (path !== '') await rm(path, { recursive: true, force: true });
  });

  test('a disk that fills up while the backup is laid out leaves the server as it was', async () => {
    const { pid } = (await runningServer(data)) ?? {};
    const [layBeside] = await engine(data).restoring(id, runId('full'));
    const { bavail, bsize } = await statfs(disk);
    const filler = join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(bavail * bsize - 8 * 2 ** 20));
    await expect(layBeside?.perform(signal)).rejects.toMatchObject({
      code: 'command-failed',
      message: `the disk of ${disk} filled up; nothing was changed`,
    });
    expect((await readdir(disk)).sort()).toEqual(['data', 'filler']);
    expect((await runningServer(data))?.pid).toBe(pid);
    await expect(engine(data).restoring(id, runId('full'))).rejects.toMatchObject({
      code: 'configuration',
      details: [expect.stringMatching(/^needed: /), expect.stringMatching(/^free: 8/)],
    });
    await rm(filler);
    await expect(layBeside?.perform(signal)).resolves.toContain('compared with their digests');
    expect((await readdir(disk)).sort()).toEqual(['data', 'data.restored-full']);
  });

  test('a data directory that is a mount point is refused, and so is a disk that is read-only', async () => {
    for (const name of ['global', 'pg_wal']) await mkdir(join(disk, name), { recursive: true });
    await copyFile(join(data, 'global/pg_control'), join(disk, 'global/pg_control'));
    await expect(engine(disk).restoring(id, runId('mounted'))).rejects.toMatchObject({
      code: 'configuration',
      message: `${disk} is a mount point, which cannot be renamed`,
    });
    await mount('--bind', join(disk, 'data'), join(disk, 'data'));
    await expect(engine(data).restoring(id, runId('bound'))).rejects.toMatchObject({
      message: `${data} is a mount point, which cannot be renamed`,
    });
    await unmount(data);
    await stopServer(binaries, data, 10_000, run);
    await mount('-o', 'remount,ro', disk);
    await expect(engine(data).restoring(id, runId('closed'))).rejects.toMatchObject({
      code: 'configuration',
      message: `${disk} cannot be written to`,
    });
  });
});

import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { postgresBackup } from '../../holdpoint/src/backup/postgres/engine.ts';
import { runId } from '../../holdpoint/src/kernel/ids.ts';
import { systemClock } from '../../holdpoint/src/system/clock.ts';
import { run } from '../../holdpoint/src/system/exec/run.ts';
import { serverAccount } from '../../holdpoint/src/system/postgres/account.ts';
import { placeBinaries } from '../../holdpoint/src/system/postgres/binaries.ts';
import { initCluster } from '../../holdpoint/src/system/postgres/cluster.ts';
import { withSession } from '../../holdpoint/src/system/postgres/connection.ts';
import { installedBinaries } from '../../holdpoint/src/system/postgres/installed.ts';
import type { Binaries } from '../../holdpoint/src/system/postgres/programs.ts';
import { startServer, stopServer } from '../../holdpoint/src/system/postgres/server.ts';

/** Milliseconds. */
export interface RestoreRound {
  /** From the decision until the restored server was compared, by steps. */
  readonly steps: readonly { readonly name: string; readonly took: number }[];
  readonly total: number;
  /** From the order to stop until the server accepts connections again. */
  readonly away: number;
  readonly plain: Plain;
}

/** A folder of pg_basebackup copied back: nothing is compared, and the disk may not have it yet when `total` ends. */
export interface Plain {
  readonly total: number;
  /** What it takes then until the disk has it. */
  readonly synced: number;
}

export interface RestoreSpeed {
  readonly bytes: number;
  readonly server: string;
  readonly rounds: readonly RestoreRound[];
}

export const SETTINGS = { shared_buffers: '128MB', max_wal_size: '2GB' };
const LIMIT = 600_000;

/**
 * A database like `pgbench -i -s <scale>` (50 is about 800 MB), restored in place and, in turns, by copying a folder of
 * pg_basebackup back. `folder` lies on the disk that is measured, where others may enter. Undefined without pg_basebackup.
 */
export async function measureRestore(
  folder: string,
  scale: number,
  rounds: number,
): Promise<RestoreSpeed | undefined> {
  const [binaries = await placeBinaries()] = await installedBinaries();
  const client = join(binaries.pgCtl, '..', 'pg_basebackup');
  const known = await run({ program: client, args: ['--version'] }, { timeout: 10_000 }).catch(
    () => undefined,
  );
  if (known?.exitCode !== 0) return undefined;
  const own = await mkdtemp(join(folder, 'restore-'));
  const data = join(own, 'server', 'data');
  try {
    await mkdir(join(own, 'server'));
    for (const path of [own, join(own, 'server')]) await chmod(path, 0o711);
    await initCluster(binaries, { data, user: 'postgres', password: 'bench' }, run);
    const { port } = await startServer(binaries, { data, within: LIMIT, settings: SETTINGS }, run);
    const url = `postgres://postgres:bench@127.0.0.1:${port}/postgres`;
    await fill(url, scale);
    const backups = postgresBackup({
      url,
      data,
      folder: join(own, 'backups'),
      clock: systemClock,
      exec: run,
    });
    const { id, bytes } = await backups.create(runId('bench'));
    const plainCopy = join(own, 'plain');
    await must(client, '--dbname', url, '--pgdata', plainCopy, '--checkpoint=fast');
    const done: RestoreRound[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      await write(url, scale);
      const decided = performance.now();
      const steps: { name: string; took: number }[] = [];
      for (const step of await backups.restoring(id, runId(`round-${round}`))) {
        const began = performance.now();
        await step.perform(new AbortController().signal);
        steps.push({ name: step.name, took: performance.now() - began });
      }
      const total = performance.now() - decided;
      await rm(`${data}.before-round-${round}`, { recursive: true });
      await write(url, scale);
      const plain = await restorePlain(binaries, data, plainCopy, port);
      const sum = (names: readonly string[]): number =>
        steps.filter(({ name }) => names.includes(name)).reduce((all, { took }) => all + took, 0);
      const away = sum(['stop-server', 'swap', 'start-server']);
      done.push({ steps, total, away, plain });
    }
    return { bytes, server: known.stdout.trim(), rounds: done };
  } finally {
    await stopServer(binaries, data, 10_000, run);
    await rm(own, { recursive: true, force: true });
  }
}

async function restorePlain(binaries: Binaries, data: string, copy: string, port: number): Promise<Plain> {
  const account = await serverAccount(data);
  const began = performance.now();
  await stopServer(binaries, data, LIMIT, run);
  await rename(data, `${data}.old`);
  await must('cp', '-a', copy, data);
  if (account !== undefined) await must('chown', '-R', `${account.uid}:${account.gid}`, data);
  await startServer(binaries, { data, port, within: LIMIT, settings: SETTINGS }, run);
  const total = performance.now() - began;
  await must('sync', '-f', data);
  const synced = performance.now() - began - total;
  await rm(`${data}.old`, { recursive: true });
  return { total, synced };
}

/** The tables of `pgbench -i`, with the same rows. */
export async function fill(url: string, scale: number): Promise<void> {
  await withSession(url, { statementTimeout: 0 }, async (session) => {
    for (const statement of [
      'create table pgbench_branches (bid int not null, bbalance int, filler char(88)) with (fillfactor = 100)',
      'create table pgbench_tellers (tid int not null, bid int, tbalance int, filler char(84)) with (fillfactor = 100)',
      'create table pgbench_accounts (aid int not null, bid int, abalance int, filler char(84)) with (fillfactor = 100)',
      `insert into pgbench_branches select i, 0 from generate_series(1, ${scale}) i`,
      `insert into pgbench_tellers select i, (i - 1) / 10 + 1, 0 from generate_series(1, ${scale * 10}) i`,
      `insert into pgbench_accounts select i, (i - 1) / 100000 + 1, 0, '' from generate_series(1, ${scale * 100_000}) i`,
      'alter table pgbench_branches add primary key (bid)',
      'alter table pgbench_tellers add primary key (tid)',
      'alter table pgbench_accounts add primary key (aid)',
      'vacuum analyze',
      'checkpoint',
    ]) {
      await session.query(statement);
    }
  });
}

/** What comes in after the backup, so that a server has something to write when it stops. */
export async function write(url: string, scale: number): Promise<void> {
  await withSession(url, { statementTimeout: 0 }, (session) =>
    session.query(
      `update pgbench_accounts set abalance = abalance + 1
        where aid in (select (random() * ${scale * 100_000})::int from generate_series(1, 5000))`,
    ),
  );
}

async function must(program: string, ...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await run({ program, args }, { timeout: LIMIT });
  if (exitCode !== 0) throw new Error(`${program}: ${stderr.trim()}`);
}

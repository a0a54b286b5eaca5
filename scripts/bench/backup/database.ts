import { chmod, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { postgresBackup } from '../../../holdpoint/src/backup/postgres/engine.ts';
import { runId } from '../../../holdpoint/src/kernel/ids.ts';
import { systemClock } from '../../../holdpoint/src/system/clock.ts';
import { run } from '../../../holdpoint/src/system/exec/run.ts';
import { initCluster } from '../../../holdpoint/src/system/postgres/cluster.ts';
import { installedBinaries } from '../../../holdpoint/src/system/postgres/installed.ts';
import { startServer, stopServer } from '../../../holdpoint/src/system/postgres/server.ts';
import { fill, SETTINGS, write } from '../restore-speed.ts';
import type { Pair } from './budget.ts';
import { must, type Rig } from './rig.ts';
import type { Watched } from './watched.ts';

export interface DatabasePairs {
  readonly server: string;
  readonly bytes: number;
  /** Plain files beside the server, as before a deployment, and pg_basebackup's plain copy. */
  readonly release: Pair;
  /** Compressed by zstd -3, and pg_basebackup's archive with the same. */
  readonly vault: Pair;
  /** Milliseconds from the decision until the restored server was compared with the backup. */
  readonly back: readonly number[];
  /** The same from the vault, by the whole command. */
  readonly backOfVault: readonly number[];
  /** From the order to stop until the server accepts connections again. */
  readonly away: readonly number[];
}

const WITHIN = 600_000;

/** A server like `pgbench -i -s <scale>`, backed up and restored in place. */
export async function measureDatabase(
  rig: Rig,
  scale: number,
  rounds: number,
): Promise<DatabasePairs | { readonly skipped: string }> {
  const [binaries] = await installedBinaries();
  if (binaries === undefined) return { skipped: 'no PostgreSQL server is installed on this machine' };
  const client = join(dirname(binaries.pgCtl), 'pg_basebackup');
  const there = await stat(client).catch(() => undefined);
  if (there === undefined) return { skipped: `there is no ${client}` };
  const server = (await must(rig, client, '--version')).trim();
  const own = await mkdtemp(join(rig.folder, 'database-'));
  const data = join(own, 'server', 'data');
  try {
    await mkdir(join(own, 'server'));
    // The server runs as a user of its own, and has to get there.
    for (const path of [own, join(own, 'server')]) await chmod(path, 0o711);
    await initCluster(binaries, { data, user: 'postgres', password: 'bench' }, run);
    const { port } = await startServer(binaries, { data, within: WITHIN, settings: SETTINGS }, run);
    const url = `postgres://postgres:bench@127.0.0.1:${port}/postgres`;
    rig.progress(`fills ${server}`);
    await fill(url, scale);
    const project = await rig.project(
      own,
      `database: { kind: postgres, url: "${url}", data: ${data} }
backups:
  vault: { kind: archive, folder: vault }
  database: physical
  scratch: scratch
`,
    );
    const backups = postgresBackup({
      ...{ url, data, folder: join(own, 'backups'), clock: systemClock, exec: run },
    });
    const pairs = { release: none(), vault: none() };
    const times = { back: [] as number[], backOfVault: [] as number[], away: [] as number[] };
    let bytes = 0;
    for (let round = 1; round <= rounds; round += 1) {
      rig.progress(`round ${round} of ${rounds}: PostgreSQL`);
      const copy = join(own, 'plain');
      const plainly = `${client} -d '${url}' -D ${copy} --checkpoint=fast --no-password --manifest-checksums=SHA256`;
      let id = '';
      await inTurns(rig, round, [
        async () => {
          const began = performance.now();
          const taken = await backups.create(runId(`bench-${round}`));
          pairs.release.ours.push(only(performance.now() - began));
          [id, bytes] = [taken.id, taken.bytes];
        },
        async () => void pairs.release.plain.push(await plain(rig, plainly, copy)),
      ]);
      await inTurns(rig, round, [
        async () => void pairs.vault.ours.push(await rig.holdpoint(project, ['backup', 'create'])),
        async () =>
          void pairs.vault.plain.push(
            await plain(rig, `${plainly} --format=tar --compress=client-zstd:level=3,workers=2`, copy),
          ),
      ]);
      await write(url, scale);
      await must(rig, 'sync');
      const decided = performance.now();
      let out = 0;
      for (const step of await backups.restoring(id, runId(`bench-${round}`))) {
        const began = performance.now();
        await step.perform(rig.signal);
        if (OUT.includes(step.name)) out += performance.now() - began;
      }
      times.back.push(performance.now() - decided);
      times.away.push(out);
      await write(url, scale);
      await must(rig, 'sync');
      times.backOfVault.push((await rig.holdpoint(project, ['backup', 'restore', '--yes'])).took);
      for (const name of await readdir(dirname(data)))
        if (name.startsWith('data.before-')) await rm(join(dirname(data), name), { recursive: true });
    }
    return { server, bytes, ...pairs, ...times };
  } finally {
    await stopServer(binaries, data, 10_000, run);
    await rm(own, { recursive: true, force: true });
  }
}

const OUT = ['stop-server', 'swap', 'start-server'];

const none = (): { ours: Watched[]; plain: Watched[]; synced: number[] } => ({
  ...{ ours: [], plain: [], synced: [] },
});

const only = (took: number): Watched => ({ took, peak: 0, children: new Map() });

/** pg_basebackup itself waits until the disk has its copy. */
async function plain(rig: Rig, command: string, copy: string): Promise<Watched> {
  const watched = await rig.shell(command);
  await rm(copy, { recursive: true });
  return watched;
}

async function inTurns(rig: Rig, round: number, turns: readonly (() => Promise<void>)[]): Promise<void> {
  for (const turn of round % 2 === 1 ? turns : turns.toReversed()) {
    await must(rig, 'sync');
    await turn();
  }
}

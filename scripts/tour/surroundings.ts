import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { readSpecification } from '../../holdpoint/src/release/specification/read.ts';
import { systemClock } from '../../holdpoint/src/system/clock.ts';
import { startDaemon } from '../../holdpoint/src/system/exec/daemon.ts';
import { run } from '../../holdpoint/src/system/exec/run.ts';
import { freePort } from '../../holdpoint/src/system/free-port.ts';
import { http } from '../../holdpoint/src/system/http.ts';
import { placeBinaries } from '../../holdpoint/src/system/postgres/binaries.ts';
import { initCluster } from '../../holdpoint/src/system/postgres/cluster.ts';
import { startServer } from '../../holdpoint/src/system/postgres/server.ts';
import { createTarget } from '../../holdpoint/src/targets/catalog.ts';
import { marked } from './clear.ts';
import type { Place } from './place.ts';
import { OLD } from './repository.ts';

export type Variables = Readonly<Record<string, string>>;

/** Everything around the release: PostgreSQL, the edge, and the old version in service. */
export interface Surroundings {
  /** What `holdpoint` and the load need to be told by their environment. */
  readonly variables: Variables;
  readonly url: string;
}

export interface SurroundingsOptions {
  /** Shortens the plan's times: 1/300 makes 24 seconds of two hours. */
  readonly timeScale: number;
  /** In service at first. */
  readonly version?: string;
  /** Of the edge; any free one when left out. */
  readonly edgePort?: number;
  readonly signal?: AbortSignal;
}

/** Starts what a release finds on the machine. What it has begun when it throws is taken away by `clear`. */
export async function startSurroundings(
  place: Place,
  { timeScale, version = OLD, edgePort, signal = new AbortController().signal }: SurroundingsOptions,
): Promise<Surroundings> {
  const binaries = await placeBinaries();
  const password = randomBytes(12).toString('hex');
  const data = join(place.database, 'data');
  await mkdir(place.database, { recursive: true, mode: 0o711 });
  await initCluster(binaries, { data, user: 'toolboxai', password, durable: false, walSegment: 1 }, run);
  signal.throwIfAborted();
  const settings = { fsync: 'off', shared_buffers: '64MB', max_connections: '120' };
  const server = await startServer(binaries, { data, within: 60_000, settings }, run);
  signal.throwIfAborted();
  const port = edgePort ?? (await freePort());
  const url = `http://127.0.0.1:${port}`;
  const variables = {
    EDGE_PORT: String(port),
    DATABASE_URL: `postgres://toolboxai:${password}@127.0.0.1:${server.port}/postgres`,
    PGDATA: data,
    TOOLBOXAI_SECRET: randomBytes(24).toString('base64url'),
    ALLOWED_ORIGINS: url,
    TIME_SCALE: String(timeScale),
    DATABASE_ROTATED_AT: new Date().toISOString().slice(0, 10),
    SMOKE_USER: 'smoke',
    SMOKE_PASSWORD: randomBytes(12).toString('base64url'),
    DEMO_USER: 'demo',
    DEMO_PASSWORD: randomBytes(12).toString('base64url'),
  };
  await startEdge(place, version, variables);
  await migrateAndSeed(place, version, variables, signal);
  await startVersion(place, version, variables, signal);
  return { variables, url };
}

async function startEdge({ project, node }: Place, version: string, variables: Variables): Promise<void> {
  const upstreams = join(project, 'run', 'upstreams.json');
  await startDaemon({
    program: node,
    args: [join(project, 'releases', version, 'edge.mjs')],
    cwd: project,
    environment: {
      ...marked(project),
      PATH: process.env['PATH'] ?? '',
      PORT: variables['EDGE_PORT'] ?? '',
      UPSTREAMS_FILE: upstreams,
    },
    log: join(project, 'run', 'edge.log'),
  });
}

async function migrateAndSeed(
  { project, node }: Place,
  version: string,
  variables: Variables,
  signal: AbortSignal,
): Promise<void> {
  const migrate = join(project, 'releases', version, 'migrate.mjs');
  const users = [
    { DEMO_USER: variables['DEMO_USER'] ?? '', DEMO_PASSWORD: variables['DEMO_PASSWORD'] ?? '' },
    { DEMO_USER: variables['SMOKE_USER'] ?? '', DEMO_PASSWORD: variables['SMOKE_PASSWORD'] ?? '' },
  ];
  for (const [args, own] of [[['up'], {}] as const, ...users.map((user) => [['seed'], user] as const)]) {
    const environment = { DATABASE_URL: variables['DATABASE_URL'] ?? '', ...own };
    const command = { program: node, args: [migrate, ...args], cwd: project, environment };
    const { exitCode, stdout, stderr } = await run(command, { timeout: 60_000, signal });
    if (exitCode !== 0)
      throw new Error(`migrate ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
  }
}

async function startVersion(
  { project, node }: Place,
  version: string,
  variables: Variables,
  signal: AbortSignal,
): Promise<void> {
  const all = { ...process.env, ...variables };
  const { specification, folder } = await readSpecification(join(project, 'holdpoint.yaml'), all);
  const target = await createTarget(specification.target, {
    folder,
    state: join(folder, specification.state, specification.environment),
    variables: { ...all, PATH: [dirname(node), process.env['PATH']].join(delimiter) },
    exec: run,
    http,
    clock: systemClock,
  });
  const to = await target.resolve(version);
  for (const step of target.roll(await target.inspect(), to)) {
    await target.perform(step, { fence: 0, signal });
  }
}

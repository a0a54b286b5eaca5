import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { readSpecification } from '../../holdpoint/src/release/specification/read.ts';
import { systemClock } from '../../holdpoint/src/system/clock.ts';
import { startDaemon } from '../../holdpoint/src/system/exec/daemon.ts';
import { findByEnvironment, signal, waitForExit } from '../../holdpoint/src/system/exec/processes.ts';
import { run } from '../../holdpoint/src/system/exec/run.ts';
import { http } from '../../holdpoint/src/system/http.ts';
import { placeBinaries } from '../../holdpoint/src/system/postgres/binaries.ts';
import { initCluster } from '../../holdpoint/src/system/postgres/cluster.ts';
import { startServer, stopServer } from '../../holdpoint/src/system/postgres/server.ts';
import { type ProcessTarget, processTarget } from '../../holdpoint/src/targets/process/target.ts';
import type { Place } from './place.ts';
import { OLD } from './repository.ts';

/** Marks what the tour itself starts, so that a later tour finds what was left. */
const MARK = 'HOLDPOINT_TOUR';

export type Variables = Readonly<Record<string, string>>;

/** Everything around the release: PostgreSQL, the edge, and the old version in service. */
export interface Surroundings {
  readonly variables: Variables;
  readonly url: string;
}

export async function startSurroundings(place: Place, timeScale: number): Promise<Surroundings> {
  const binaries = await placeBinaries();
  const password = randomBytes(12).toString('hex');
  const data = join(place.database, 'data');
  await mkdir(place.database, { recursive: true, mode: 0o711 });
  await initCluster(binaries, { data, user: 'toolboxai', password, durable: false, walSegment: 1 }, run);
  const settings = { fsync: 'off', shared_buffers: '64MB', max_connections: '120' };
  const server = await startServer(binaries, { data, within: 60_000, settings }, run);
  const port = await freePort();
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
  await startEdge(place, variables);
  await migrateAndSeed(place, variables);
  await startOldVersion(place, variables);
  return { variables, url };
}

async function startEdge({ project, node }: Place, variables: Variables): Promise<void> {
  const upstreams = join(project, 'run', 'upstreams.json');
  await startDaemon({
    program: node,
    args: [join(project, 'releases', OLD, 'edge.mjs')],
    cwd: project,
    environment: {
      [MARK]: project,
      PATH: process.env['PATH'] ?? '',
      PORT: variables['EDGE_PORT'] ?? '',
      UPSTREAMS_FILE: upstreams,
    },
    log: join(project, 'run', 'edge.log'),
  });
}

async function migrateAndSeed({ project, node }: Place, variables: Variables): Promise<void> {
  const migrate = join(project, 'releases', OLD, 'migrate.mjs');
  const users = [
    { DEMO_USER: variables['DEMO_USER'] ?? '', DEMO_PASSWORD: variables['DEMO_PASSWORD'] ?? '' },
    { DEMO_USER: variables['SMOKE_USER'] ?? '', DEMO_PASSWORD: variables['SMOKE_PASSWORD'] ?? '' },
  ];
  for (const [args, own] of [[['up'], {}] as const, ...users.map((user) => [['seed'], user] as const)]) {
    const environment = { DATABASE_URL: variables['DATABASE_URL'] ?? '', ...own };
    const command = { program: node, args: [migrate, ...args], cwd: project, environment };
    const { exitCode, stdout, stderr } = await run(command, { timeout: 60_000 });
    if (exitCode !== 0)
      throw new Error(`migrate ${args.join(' ')} ended with ${exitCode}:\n${stdout}${stderr}`);
  }
}

async function startOldVersion(place: Place, variables: Variables): Promise<void> {
  const target = await openTarget(place, variables);
  const to = await target.resolve(OLD);
  for (const step of target.roll(await target.inspect(), to)) {
    await target.perform(step, { fence: 0, signal: new AbortController().signal });
  }
}

async function openTarget({ project, node }: Place, variables: Variables): Promise<ProcessTarget> {
  const all = { ...process.env, ...variables };
  const { specification, folder } = await readSpecification(join(project, 'holdpoint.yaml'), all);
  return processTarget({
    settings: specification.target,
    folder,
    state: join(folder, specification.state, specification.environment),
    variables: { ...all, PATH: [dirname(node), process.env['PATH']].join(delimiter) },
    exec: run,
    http,
    clock: systemClock,
  });
}

/** Stops whatever a tour of this checkout has started, now or earlier, however it ended. */
export async function clear(place: Place): Promise<void> {
  for (const value of [place.project, `${place.project}#load`]) {
    for (const identity of await findByEnvironment(MARK, value)) {
      await signal(identity, 'SIGTERM');
      if (!(await waitForExit(identity, 3_000))) await signal(identity, 'SIGKILL');
    }
  }
  const anything = Object.fromEntries(NEEDED.map((name) => [name, '1']));
  const target = await openTarget(place, anything).catch(() => undefined);
  await target?.stopAll(3_000);
  const data = join(place.database, 'data');
  await stopServer(await placeBinaries(), data, 10_000, run).catch(() => undefined);
  await rm(place.database, { recursive: true, force: true });
}

const NEEDED = [
  'EDGE_PORT',
  'DATABASE_URL',
  'PGDATA',
  'TOOLBOXAI_SECRET',
  'ALLOWED_ORIGINS',
  'DATABASE_ROTATED_AT',
];

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

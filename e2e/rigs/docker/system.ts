import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../../holdpoint/src/system/free-port.ts';
import { type Ended, start } from '../../rig/command.ts';
import { eventually } from '../../rig/eventually.ts';

export interface ComposeSystemOptions {
  /** In service at first. */
  readonly version: string;
  /** Of the project; made where it is missing, and kept by `stop`. */
  readonly folder: string;
  /** That the edge publishes on 127.0.0.1; a free one when left out. */
  readonly port?: number;
  /** Further versions whose images are built. */
  readonly versions?: readonly string[];
  /** Compose files in the folder; those of production when left out. */
  readonly files?: readonly string[];
}

/** ToolBoxAI in service on the Docker Engine, migrated, with a user to log in as. */
export interface ComposeSystem {
  readonly folder: string;
  /** Name of the compose project: its containers are `<project>_backend_1` or `<project>-backend-1`. */
  readonly project: string;
  readonly url: string;
  /** Of the edge, on 127.0.0.1. */
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /**
   * What compose files and `holdpoint.yaml` in the folder need: VERSION, EDGE_PORT, EDGE_ADDRESS, COMPOSE_PROJECT_NAME,
   * DATABASE_URL and REDIS_URL as containers write them, DATABASE_ROTATED_AT.
   */
  readonly variables: Readonly<Record<string, string>>;
  /** Compose with the project's files; throws with its last lines when it fails. */
  compose(...args: readonly string[]): Promise<string>;
  docker(...args: readonly string[]): Promise<string>;
  /** Ids of a service's running containers, oldest first. */
  containers(service: string): Promise<readonly string[]>;
  /** IP address of a container in one of the project's networks: public, front, data or outside. */
  addressIn(network: string, id: string): Promise<string>;
  /** An address of the database that leads there from this machine. */
  databaseUrl(): Promise<string>;
  /** Removes containers, volumes and networks; throws when the engine still has any. */
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, '../../..');
const pinnedNode = join(root, 'node_modules/.bin/node');
const WHO = { DEMO_USER: 'demo', DEMO_PASSWORD: 'demo-password' };
/** Ten containers may start beside other suites. */
const WITHIN = 300_000;

async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const ended: Ended = await start(program, args, { cwd, environment }).ended;
  if (ended.status === 0) return ended.stdout.trim();
  const last = `${ended.stdout}\n${ended.stderr}`.trim().split('\n').slice(-15).join('\n');
  throw new Error(`${program} ${args.slice(0, 8).join(' ')} … ended with ${ended.status}:\n${last}`);
}

/** Builds the images of versions; quick where they were built before. Answers the table of sizes. */
function buildImages(versions: readonly string[]): Promise<string> {
  return run(pinnedNode, [join(root, 'toolboxai/images/main.ts'), ...versions], root);
}

async function composeProgram(): Promise<readonly [string, ...string[]]> {
  const plugin = await run('docker', ['compose', 'version'], root).catch(() => undefined);
  return plugin === undefined ? ['docker-compose'] : ['docker', 'compose'];
}

/** Builds, starts, migrates and seeds; returns once every container is healthy. Leaves nothing when it throws. */
export async function startComposeSystem(options: ComposeSystemOptions): Promise<ComposeSystem> {
  const {
    version,
    folder,
    versions = [],
    files = ['docker-compose.yml', 'docker-compose.prod.yml'],
  } = options;
  await buildImages([...new Set([version, ...versions])]);
  await mkdir(folder, { recursive: true });
  await run(pinnedNode, [join(root, 'toolboxai/images/make-project.ts'), folder], root);
  const secret = (name: string): Promise<string> => readFile(join(folder, 'secrets', name), 'utf8');
  const port = options.port ?? (await freePort());
  const project = `toolboxai-e2e-${randomUUID().slice(0, 8)}`;
  const variables = {
    VERSION: version,
    EDGE_PORT: String(port),
    EDGE_ADDRESS: '127.0.0.1',
    COMPOSE_PROJECT_NAME: project,
    DATABASE_URL: await secret('database_url'),
    REDIS_URL: await secret('redis_url'),
    DATABASE_ROTATED_AT: new Date().toISOString(),
  };
  const [program, ...words] = await composeProgram();
  const named = files.flatMap((file) => ['-f', file]);
  const compose = (...args: readonly string[]): Promise<string> =>
    run(program, [...words, ...named, ...args], folder, variables);
  const docker = (...args: readonly string[]): Promise<string> => run('docker', args, folder);
  const label = `label=com.docker.compose.project=${project}`;
  const lines = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

  async function containers(service: string): Promise<readonly string[]> {
    const filters = ['--filter', label, '--filter', `label=com.docker.compose.service=${service}`];
    return lines(
      await docker('ps', '-q', '--no-trunc', '--filter', 'status=running', ...filters),
    ).toReversed();
  }

  async function addressIn(network: string, id: string): Promise<string> {
    const format = `{{(index .NetworkSettings.Networks "${project}_${network}").IPAddress}}`;
    return docker('inspect', '--format', format, id);
  }

  /** Also what a tool has started beside compose, for it bears the same labels. */
  async function stop(): Promise<void> {
    await compose('down', '-v', '--remove-orphans', '-t', '2');
    const kinds = [
      ['ps', '-aq'],
      ['volume', 'ls', '-q'],
      ['network', 'ls', '-q'],
    ] as const;
    const left = (await Promise.all(kinds.map((list) => docker(...list, '--filter', label)))).flatMap(lines);
    if (left.length > 0) throw new Error(`the engine still has ${left.join(' ')} of ${project}`);
    await rm(join(folder, 'run'), { recursive: true, force: true });
  }

  async function migrate(): Promise<void> {
    const [backend = ''] = await containers('backend');
    const who = Object.entries(WHO).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    // The server is being made, and refuses until then.
    const up = () => docker('exec', ...who, backend, 'node', 'migrate.mjs', 'up', '--json');
    await eventually('the database is migrated', WITHIN, () => up().catch(() => false));
    await docker('exec', ...who, backend, 'node', 'migrate.mjs', 'seed');
  }

  try {
    await compose('up', '-d', '--no-build');
    await migrate();
    await eventually('all containers are healthy', WITHIN, async () => {
      const ids = lines(await docker('ps', '-q', '--filter', label));
      const states = lines(await docker('inspect', '--format', '{{.State.Health.Status}}', ...ids));
      return states.every((state) => state === 'healthy');
    });
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
  return {
    folder,
    project,
    url: `http://127.0.0.1:${port}`,
    port,
    user: WHO.DEMO_USER,
    password: WHO.DEMO_PASSWORD,
    variables,
    compose,
    docker,
    containers,
    addressIn,
    async databaseUrl() {
      const [server = ''] = await containers('postgres');
      const url = new URL(variables.DATABASE_URL);
      url.hostname = await addressIn('data', server);
      return url.href;
    },
    stop,
  };
}

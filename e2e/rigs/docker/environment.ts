import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { type Load, startLoad } from '../../../scripts/tour/load.ts';
import { checkOut, commitAndTag } from '../../../scripts/tour/repository.ts';
import { bundleCommand } from '../../rig/bundle.ts';
import { type Ended, type Going, start } from '../../rig/command.ts';
import { type ComposeSystem, startComposeSystem } from './system.ts';

/** ToolBoxAI as plain compose has started it, and the command that releases it. */
export interface ComposeEnvironment {
  readonly system: ComposeSystem;
  readonly variables: Readonly<Record<string, string>>;
  /** Runs `holdpoint` to its end. */
  holdpoint(...args: readonly string[]): Promise<Ended>;
  /** Starts `holdpoint`. */
  begin(...args: readonly string[]): Going;
  /** Runs a script of the checkout's `scripts/` in the project. */
  door(script: string, ...args: readonly string[]): Promise<Ended>;
  /** Users at work, slow uploads and open event streams among them. */
  load(rate: number): Promise<Load>;
  /** What the repository held when a version was tagged. */
  checkOut(version: string): Promise<void>;
  /** Writes the specification anew. */
  change(change: ComposeChange): Promise<void>;
  /** Versions that answer at the public address, each once. */
  answering(): Promise<readonly string[]>;
  /** Images of the released services' running containers, by service: the engine's ids, each once. */
  images(): Promise<Readonly<Record<string, readonly string[]>>>;
  /** Stops everything and takes it away; throws when the engine still has something of it. */
  close(): Promise<void>;
}

export type ComposeChange = (specification: ComposeSpecification) => void;

/** The parts of `toolboxai/holdpoint.compose.yaml` that tests change. */
export interface ComposeSpecification {
  journeys: string[];
  target: { way?: string; services: Record<string, Record<string, unknown>>; [other: string]: unknown };
  watch: Record<string, unknown> & { limits: Record<string, unknown> };
  database: Record<string, unknown> & { rehearsal?: Record<string, unknown> };
  checks: Record<string, Record<string, unknown>>;
  [other: string]: unknown;
}

export interface ComposeEnvironmentOptions {
  /** Whose images are built, tagged in this order in the repository. */
  readonly versions: readonly string[];
  /** In service at first. */
  readonly running: string;
  readonly timeScale: number;
  /** Compose files that it is started from; those of production when left out. */
  readonly files?: readonly string[];
  readonly checklist?: string;
  readonly change?: ComposeChange;
}

const root = join(import.meta.dirname, '../../..');
const command = join(root, 'holdpoint', 'dist', 'holdpoint.mjs');
const node = process.execPath;
const RELEASED = ['backend', 'worker', 'dashboard'];
const SMOKE = { SMOKE_USER: 'smoke', SMOKE_PASSWORD: 'smoke-password' };
const IGNORED = 'secrets/\nrun/\nbackups/\narchives/\nscans/\n.holdpoint/\n';

/** Leaves nothing when it throws. */
export async function startComposeEnvironment(
  options: ComposeEnvironmentOptions,
): Promise<ComposeEnvironment> {
  const { versions, running, timeScale, files, checklist, change } = options;
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'holdpoint-e2e-compose-')));
  const project = join(folder, 'toolboxai');
  let system: ComposeSystem | undefined;
  try {
    await bundleCommand(root, command);
    system = await startComposeSystem({
      version: running,
      versions,
      folder: project,
      ...(files === undefined ? {} : { files }),
    });
    await seedSmokeUser(system);
    if (checklist !== undefined) await writeFile(join(project, 'checklist.md'), checklist);
    if (change !== undefined) await changeSpecification(project, change);
    await writeFile(join(project, '.gitignore'), IGNORED);
    await commitAndTag({ project, remote: join(folder, 'remote.git') }, versions);
    return environmentOf(system, folder, { ...system.variables, ...SMOKE, TIME_SCALE: String(timeScale) });
  } catch (error) {
    await system?.stop().catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** An account of its own, so that the journeys never use up the log-ins of the load. */
async function seedSmokeUser({ containers, docker }: ComposeSystem): Promise<void> {
  const [backend = ''] = await containers('backend');
  const who = [`DEMO_USER=${SMOKE.SMOKE_USER}`, `DEMO_PASSWORD=${SMOKE.SMOKE_PASSWORD}`];
  await docker('exec', ...who.flatMap((word) => ['-e', word]), backend, 'node', 'migrate.mjs', 'seed');
}

function environmentOf(
  system: ComposeSystem,
  folder: string,
  variables: Readonly<Record<string, string>>,
): ComposeEnvironment {
  const project = system.folder;
  const environment = {
    ...variables,
    DEMO_USER: system.user,
    DEMO_PASSWORD: system.password,
    PATH: [dirname(node), process.env['PATH']].join(delimiter),
  };
  const begun: Going[] = [];
  const loads: Load[] = [];
  const launch = (program: string, ...args: readonly string[]): Going => {
    const going = start(program, args, { cwd: project, environment });
    begun.push(going);
    return going;
  };
  const begin = (...args: readonly string[]): Going => launch(node, command, ...args);
  return {
    system,
    variables,
    begin,
    holdpoint: (...args) => begin(...args).ended,
    door: (script, ...args) => launch(join(root, 'scripts', script), ...args).ended,
    async load(rate) {
      // That of a test which failed would add to this one's rate.
      await Promise.all(loads.map((load) => load.stop('at once')));
      const built = { project: join(root, 'toolboxai'), node };
      const surroundings = { variables: environment, url: system.url };
      const load = startLoad(built, surroundings, { rate, version: VERSION_OF_LOAD, slowUploads: true });
      loads.push(load);
      await load.begun;
      return load;
    },
    checkOut: (version) => checkOut(project, version),
    change: (change) => changeSpecification(project, change),
    answering: () => answering(system.url),
    images: async () =>
      Object.fromEntries(
        await Promise.all(
          RELEASED.map(async (service) => [service, await imagesOf(system, service)] as const),
        ),
      ),
    async close() {
      for (const going of begun) going.signal('SIGKILL');
      await Promise.all([...begun.map(({ ended }) => ended), ...loads.map((load) => load.stop('at once'))]);
      try {
        await system.stop();
      } finally {
        await removePins(system);
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

/** Any will do: they were all built from the same code. */
const VERSION_OF_LOAD = '2.0.0';

async function changeSpecification(project: string, change: ComposeChange): Promise<void> {
  const file = join(project, 'holdpoint.yaml');
  const specification = parse(await readFile(file, 'utf8')) as ComposeSpecification;
  change(specification);
  await writeFile(file, stringify(specification));
}

async function imagesOf({ containers, docker }: ComposeSystem, service: string): Promise<readonly string[]> {
  const ids = await containers(service);
  if (ids.length === 0) return [];
  return [...new Set((await docker('inspect', '--format', '{{.Image}}', ...ids)).split('\n'))];
}

/** Tags by which Holdpoint holds the images of its releases. */
async function removePins({ docker, project }: ComposeSystem): Promise<void> {
  const format = '{{.Repository}}:{{.Tag}}';
  const kept = await docker(
    'images',
    '--format',
    format,
    '--filter',
    `reference=holdpoint-pinned/${project}-*`,
  );
  const tags = kept.split('\n').filter(Boolean);
  if (tags.length > 0) await docker('rmi', ...tags);
}

const ASKED = 30;

async function answering(url: string): Promise<readonly string[]> {
  const versions = new Set<string>();
  for (let asked = 0; asked < ASKED; asked += 1) {
    const answer = await fetch(`${url}/api/tools`, { signal: AbortSignal.timeout(10_000) });
    await answer.arrayBuffer();
    versions.add(answer.headers.get('x-app-version') ?? `status ${answer.status}`);
  }
  return [...versions].sort();
}

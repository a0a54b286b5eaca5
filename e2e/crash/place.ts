import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { readSpecification } from '../../holdpoint/src/release/specification/read.ts';
import { systemClock } from '../../holdpoint/src/system/clock.ts';
import { startDaemon } from '../../holdpoint/src/system/exec/daemon.ts';
import { run } from '../../holdpoint/src/system/exec/run.ts';
import { freePort } from '../../holdpoint/src/system/free-port.ts';
import { http } from '../../holdpoint/src/system/http.ts';
import { startServer } from '../../holdpoint/src/system/postgres/server.ts';
import { createTarget } from '../../holdpoint/src/targets/catalog.ts';
import { endAll } from './processes.ts';
import { databaseUrl, file, OLD, SERVER_SETTINGS, type Stage } from './stage.ts';

/** Where one trial takes place: a system in service, with everything around it that its release needs. */
export interface Place {
  /** Holds all of the trial. */
  readonly folder: string;
  readonly project: string;
  /** TMPDIR of all that the trial starts. */
  readonly temporary: string;
  readonly data: string;
  readonly state: string;
  readonly lives: string;
  readonly notifications: string;
  readonly backups: string;
  readonly databaseUrl: string;
  readonly url: string;
  readonly variables: Readonly<Record<string, string>>;
  /** Ends whatever the trial has started and deletes its folder. */
  close(): Promise<void>;
}

/** `window` is how long the watch looks, in milliseconds: a good release waits for its end. */
export async function layPlace(stage: Stage, window: number): Promise<Place> {
  const folder = await mkdtemp(join(stage.folder, 'trial-'));
  await chmod(folder, 0o711);
  const inFolder = (...names: readonly string[]): string => join(folder, ...names);
  const [project, data, temporary] = [inFolder('project'), inFolder('data'), inFolder('tmp')];
  const state = join(project, '.holdpoint', 'production');
  const programs = dirname(dirname(stage.binaries.postgres));
  const close = async (): Promise<void> => {
    await endAll(folder);
    // What was just killed may have made one more file.
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
  try {
    await Promise.all([mkdir(join(project, 'run'), { recursive: true }), mkdir(temporary, { mode: 0o711 })]);
    const [edgePort] = await Promise.all([
      freePort(),
      shell('cp', '-a', '--reflink=auto', stage.cluster, data),
      shell('cp', '-al', programs, join(temporary, basename(programs))),
      shell('cp', '-al', stage.releases, join(project, 'releases')),
      cp(file('checklist.md'), join(project, 'checklist.md')),
      cp(file('items.yaml'), join(project, 'items.yaml')),
    ]);
    const server = await startServer(
      stage.binaries,
      { data, within: 60_000, settings: SERVER_SETTINGS },
      run,
    );
    const place = {
      folder,
      project,
      temporary,
      data,
      state,
      lives: join(project, 'run', 'lives.jsonl'),
      notifications: join(project, 'run', 'notifications.jsonl'),
      backups: join(project, 'backups'),
      databaseUrl: databaseUrl(server.port),
      url: `http://127.0.0.1:${edgePort}`,
      variables: {
        PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
        TMPDIR: temporary,
        DATABASE_URL: databaseUrl(server.port),
        NODE_COMPILE_CACHE: stage.compiled,
      },
      close,
    };
    await writeFile(join(project, 'holdpoint.yaml'), stringify(specificationOf(place, stage, window)));
    await Promise.all([startEdge(place, stage, edgePort), startOld(place)]);
    return place;
  } catch (error) {
    await close();
    throw error;
  }
}

type Laid = Omit<Place, 'close'>;

/** Everything that takes time is as short as it may be; nothing that a release does is left out. */
function specificationOf({ lives, backups, notifications, data, url }: Laid, stage: Stage, window: number) {
  const node = process.execPath;
  const service = {
    command: [node, 'service.mjs'],
    ready: '/ready',
    health: '/health',
    metrics: '/metrics',
    versionPath: '/version',
    environment: {
      DATABASE_URL: '$' + '{DATABASE_URL}',
      LIVES: lives,
      NODE_COMPILE_CACHE: stage.compiled,
    },
  };
  const migrate = (...args: readonly string[]) => [node, 'releases/{version}/migrate.mjs', ...args];
  return {
    version: 1,
    name: 'Little',
    environment: 'production',
    checklist: 'checklist.md',
    url,
    target: {
      kind: 'process',
      releases: 'releases/{version}',
      services: {
        web: { ...service, replicas: 2 },
        worker: { ...service, replicas: 1, routed: false },
      },
      edge: { upstreams: 'run/upstreams.json', format: 'json', status: `${url}/__edge/status` },
    },
    database: {
      kind: 'postgres',
      url: '$' + '{DATABASE_URL}',
      data,
      migrate: {
        up: migrate('up'),
        down: migrate('down', '--to', '{head}'),
        status: migrate('status'),
      },
      backup: { folder: backups, maxAge: '1h', keep: 3 },
      rehearsal: { isolation: 'preferred', environment: { LIVES: '/dev/null' } },
    },
    journeys: ['items.yaml'],
    watch: {
      window: `${window}ms`,
      interval: '500ms',
      limits: { errors: '40%', lost: '40%', latency: 'off', cpu: 'off', memory: 'off' },
      services: ['web'],
      // Twenty requests a second would hold each of hundreds of trials for half a minute.
      rollout: 'off',
      edge: { metrics: `${url}/__edge/metrics` },
    },
    notify: [{ kind: 'file', path: notifications }],
    people: { deployer: ['Ada'], reviewer: ['Grace'], approver: ['Edsger'] },
    schedule: { verify: 'T', smoke: 'T', watch: 'T', signoff: 'T' },
    checks: {
      'database.migrations': {
        status: migrate('status'),
        folder: 'releases/{version}/migrations',
        // A person who knows better: the release that drops a column is there to be taken back.
        waivers: [{ id: '0003_drop_note.up.sql', by: 'Edsger', reason: 'known', until: '2099-01-01' }],
      },
    },
  };
}

async function startEdge({ project, temporary }: Laid, stage: Stage, port: number): Promise<void> {
  await startDaemon({
    program: process.execPath,
    args: [stage.edge],
    cwd: project,
    environment: {
      TMPDIR: temporary,
      PORT: String(port),
      UPSTREAMS: join(project, 'run', 'upstreams.json'),
      NODE_COMPILE_CACHE: stage.compiled,
    },
    log: join(project, 'run', 'edge.log'),
  });
}

/** Puts the old version into service, by the same steps as any other. */
async function startOld({ project, state, variables }: Laid): Promise<void> {
  const all = { ...process.env, ...variables };
  const { specification, folder } = await readSpecification(join(project, 'holdpoint.yaml'), all);
  const target = await createTarget(specification.target, {
    folder,
    state,
    variables: all,
    exec: run,
    http,
    clock: systemClock,
  });
  const to = await target.resolve(OLD);
  const signal = new AbortController().signal;
  for (const step of target.roll(await target.inspect(), to)) {
    await target.perform(step, { fence: 0, signal });
  }
}

async function shell(program: string, ...args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await run({ program, args, cwd: '/' }, { timeout: 120_000 });
  if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { type ComposeSystem, startComposeSystem } from '../../../e2e/rigs/docker/system.ts';
import type { Place } from '../../tour/place.ts';
import type { Measurement } from '../measuring.ts';

/** In service at first, and what it is replaced by: the same code under another number. */
export const FIRST = '2.0.0';
export const NEXT = '2.0.5';
/** The services that differ between the two, and how many containers each has. The edge and the databases stay. */
export const RELEASED: Readonly<Record<string, number>> = { backend: 3, worker: 2, dashboard: 2 };

/** ToolBoxAI in service by compose, and what the measurement knows of it. */
export interface Yard {
  readonly place: Place;
  readonly system: ComposeSystem;
  readonly versionOfLoad: string;
  readonly signal: AbortSignal;
  /** Compose with the files of production, for a version; returns the milliseconds it took. */
  compose(version: string, ...args: readonly string[]): Promise<number>;
  close(): Promise<void>;
}

const call = promisify(execFile);
const FILES = ['docker-compose.yml', 'docker-compose.prod.yml'].flatMap((file) => ['-f', file]);

export async function openYard({ place, signal }: Measurement): Promise<Yard> {
  await rm(place.folder, { recursive: true, force: true });
  const words = await call('docker', ['compose', 'version']).then(
    () => ['docker', 'compose'],
    () => ['docker-compose'],
  );
  const system = await startComposeSystem({ version: FIRST, versions: [NEXT], folder: place.project });
  await writeSpecification(place.project, system.port);
  return {
    place,
    system,
    signal,
    versionOfLoad: FIRST,
    async compose(version, ...args) {
      const [program = '', ...rest] = words;
      const began = performance.now();
      const env = { ...process.env, ...system.variables, VERSION: version };
      await call(program, [...rest, ...FILES, ...args], { cwd: place.project, env, signal });
      return performance.now() - began;
    },
    async close() {
      try {
        await system.stop();
      } finally {
        await removePins(system);
        await rm(place.folder, { recursive: true, force: true });
      }
    },
  };
}

/**
 * The target is that of `toolboxai/holdpoint.compose.yaml`. Of the rest only what a replacement needs: the database, its
 * backup and its rehearsal have their own measurements, and the plain ways do nothing of the kind.
 */
async function writeSpecification(project: string, port: number): Promise<void> {
  const file = join(project, 'holdpoint.yaml');
  const { target } = parse(await readFile(file, 'utf8')) as { target: unknown };
  const specification = {
    version: 1,
    name: 'ToolBoxAI',
    checklist: 'bench.md',
    url: `http://127.0.0.1:${port}`,
    target,
    checks: {
      'verify.replicas': { path: '/version' },
      'verify.api': { path: '/api/tools', status: 401, versionHeader: 'x-app-version' },
    },
    // Nobody waits for the times of a plan here. One look each 40 s: its commands must not hide what is measured.
    timeScale: 0.001,
    watch: { window: '11h', interval: '11h', rollout: 'off', services: ['backend'], limits: LIMITS },
    people: { deployer: ['Ada'], reviewer: ['Grace'], approver: ['Edsger'] },
  };
  await writeFile(file, stringify(specification));
  await writeFile(join(project, 'bench.md'), CHECKLIST);
}

const LIMITS = { errors: '5%', latency: { quantile: 0.95, limit: '5s' }, cpu: 'off', memory: 'off' };
/** Its last item keeps the run open, so that there is a way back. */
const CHECKLIST = `# Release

## Verification

- [ ] Every replica runs the new version <!-- holdpoint: verify.replicas -->

## A week later (T+1 week)

- [ ] Nothing is missed <!-- holdpoint: person role=deployer -->
`;

/** Tags by which Holdpoint has kept images of this project. */
async function removePins({ project, docker }: ComposeSystem): Promise<void> {
  const listed = await docker(
    'images',
    '--format',
    '{{.Repository}}:{{.Tag}}',
    '--filter',
    `reference=holdpoint-pinned/${project}-*`,
  );
  const pins = listed.split('\n').filter((line) => line !== '');
  if (pins.length > 0) await docker('image', 'rm', ...pins);
}

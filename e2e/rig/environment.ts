import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { clear, processesOf } from '../../scripts/tour/clear.ts';
import { type Load, startLoad } from '../../scripts/tour/load.ts';
import { type Place, placeIn } from '../../scripts/tour/place.ts';
import { checkOut, layRepository } from '../../scripts/tour/repository.ts';
import { type Surroundings, startSurroundings } from '../../scripts/tour/surroundings.ts';
import { bundleCommand } from './bundle.ts';
import { type Ended, type Going, start } from './command.ts';

/** A system in service on this machine, and the command that releases it. */
export interface Environment {
  readonly place: Place;
  readonly url: string;
  readonly variables: Surroundings['variables'];
  /** Runs `holdpoint` to its end. */
  holdpoint(...args: readonly string[]): Promise<Ended>;
  /** Starts `holdpoint`. */
  begin(...args: readonly string[]): Going;
  load(rate: number): Promise<Load>;
  checkOut(version: string): Promise<void>;
  /** Writes the specification anew. */
  change(specification: Change): Promise<void>;
  /** Versions that answer at the public address, each once. */
  answering(): Promise<readonly string[]>;
  /** Versions of the replicas that run, each once. */
  running(): Promise<readonly string[]>;
  /** Stops everything; throws when a process is left. */
  close(): Promise<void>;
}

export type Change = (specification: Specification) => void;

/** The parts of the example's `holdpoint.yaml` that tests change. */
export interface Specification {
  journeys: string[];
  target: {
    services: Record<
      string,
      { replicas: number; startWithin?: string; environment?: Record<string, string | number> }
    >;
  };
  watch: Record<string, unknown> & { limits: Record<string, unknown> };
  people: Record<string, string[]>;
  database: { rehearsal?: Record<string, unknown>; [other: string]: unknown };
  checks: Record<string, Record<string, unknown>>;
  [other: string]: unknown;
}

export interface EnvironmentOptions {
  readonly versions: readonly string[];
  /** In service at first. */
  readonly running: string;
  readonly timeScale: number;
  readonly checklist?: string;
  readonly change?: Change;
}

export async function startEnvironment(options: EnvironmentOptions): Promise<Environment> {
  const { versions, running, timeScale, checklist, change } = options;
  // Without links on the way: the command sees its folder as the system does, and replicas belong to that.
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'holdpoint-e2e-')));
  const place = placeIn(join(folder, 'place'));
  try {
    await bundleCommand(place.root, place.command);
    await layRepository(place, {
      versions,
      change: async (project) => {
        if (checklist !== undefined) await writeFile(join(project, 'checklist.md'), checklist);
        if (change !== undefined) await changeSpecification(project, change);
      },
    });
    const surroundings = await startSurroundings(place, { timeScale, version: running });
    return environmentOf(place, surroundings, running);
  } catch (error) {
    await clear(place);
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function environmentOf(place: Place, surroundings: Surroundings, running: string): Environment {
  const { project, node, command } = place;
  const { variables, url } = surroundings;
  const environment = { ...variables, PATH: [dirname(node), process.env['PATH']].join(delimiter) };
  const begun: Going[] = [];
  const loads: Load[] = [];
  const begin = (...args: readonly string[]): Going => {
    const going = start(node, [command, ...args], { cwd: project, environment });
    begun.push(going);
    return going;
  };
  return {
    place,
    url,
    variables,
    begin,
    holdpoint: (...args) => begin(...args).ended,
    async load(rate) {
      // That of a test which failed would add to this one's rate.
      await Promise.all(loads.map((load) => load.stop('at once')));
      const load = startLoad(place, surroundings, { rate, version: running });
      loads.push(load);
      await load.begun;
      return load;
    },
    checkOut: (version) => checkOut(project, version),
    change: (change) => changeSpecification(project, change),
    answering: () => answering(url),
    running: () => runningVersions(place),
    async close() {
      for (const going of begun) going.signal('SIGKILL');
      await Promise.all([...begun.map(({ ended }) => ended), ...loads.map((load) => load.stop('at once'))]);
      await clear(place);
      const left = await processesOf(place);
      await rm(dirname(place.folder), { recursive: true, force: true });
      if (left.length > 0) throw new Error(`left running: ${left.map(({ pid }) => pid).join(', ')}`);
    },
  };
}

async function changeSpecification(project: string, change: Change): Promise<void> {
  const file = join(project, 'holdpoint.yaml');
  const specification = parse(await readFile(file, 'utf8')) as Specification;
  change(specification);
  await writeFile(file, stringify(specification));
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

async function runningVersions(place: Place): Promise<readonly string[]> {
  const processes = await processesOf(place);
  const versions = processes.flatMap(
    ({ environment }) => environment['HOLDPOINT_REVISION']?.split('@', 1) ?? [],
  );
  return [...new Set(versions)].sort();
}

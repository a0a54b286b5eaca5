import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { run } from '../../../system/exec/run.ts';
import {
  type Data,
  type DataMap,
  isList,
  isMap,
  listAt,
  mapAt,
  mapOf,
  mapValues,
  own,
  without,
} from './data.ts';
import { documentFor } from './document.ts';
import { composeBytes } from './durations.ts';
import { SAMPLES, type Sample } from './fixtures/projects.ts';
import { loadProject } from './load.ts';
import type { ComposeProject } from './project.ts';

const found = await run({ program: 'docker-compose', args: ['version', '--short'] }, { timeout: 60_000 })
  .then(({ exitCode, stdout }) => exitCode === 0 && stdout.startsWith('1.29'))
  .catch(() => false);
const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('docker');
if (!found && !required) console.log('skipped: there is no docker-compose 1.29 on this machine');

describe.runIf(found || required)('beside docker-compose 1.29', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-oracle-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(SAMPLES)('reads $name as it does, and writes what it reads back alike', async (sample) => {
    const home = join(folder, String(SAMPLES.indexOf(sample)), 'Sample.Project');
    for (const [path, text] of Object.entries(sample.files)) {
      await mkdir(dirname(join(home, path)), { recursive: true });
      await writeFile(join(home, path), text);
    }
    const project = load(sample, home);
    await writeFile(join(home, 'release.json'), JSON.stringify(documentFor(project, 'v1')));
    const names = sample.compose ?? ['docker-compose.yml'];
    const [theirs, ours] = await Promise.all([
      configured(home, names, sample.variables),
      configured(home, ['release.json'], {}),
    ]);
    expect(normalised(ours, project)).toEqual(normalised(theirs, project));
  });
});

function load(sample: Sample, home: string): ComposeProject {
  const text = (name: string): string => sample.files[name] ?? '';
  const envFile = own(sample.files, '.env');
  return loadProject({
    files: (sample.compose ?? ['docker-compose.yml']).map((name) => ({
      path: join(home, name),
      text: text(name),
    })),
    read: (path) =>
      path.startsWith(`${home}/`) ? own(sample.files, path.slice(home.length + 1)) : undefined,
    variables: sample.variables ?? {},
    envFiles: envFile === undefined ? [] : [{ path: join(home, '.env'), text: envFile }],
    profiles: [],
    folder: home,
    generation: 'v1',
  });
}

/** What it makes of files, as data. */
async function configured(
  cwd: string,
  names: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<DataMap> {
  const args = [...names.flatMap((name) => ['-f', name]), 'config'];
  const { exitCode, stdout, stderr } = await run(
    { program: 'docker-compose', args, cwd, environment },
    { timeout: 60_000 },
  );
  expect(stderr.replace(/^.*variable is not set.*$/gm, '').trim()).toBe('');
  expect(exitCode).toBe(0);
  return parse(stdout);
}

/**
 * Both in one form: order in lists, numbers or text, what is said by default, and in which of two places a limit stands
 * are of no weight.
 */
function normalised(document: DataMap, project: ComposeProject): Data {
  const services = mapValues(mapAt(document, 'services'), (said) => (isMap(said) ? serviceOf(said) : said));
  return plain({
    ...without(document, 'version', 'services'),
    services: without(services, ...project.inactive),
  });
}

function serviceOf(said: DataMap): DataMap {
  const { limits, reservations } = mapAt(mapAt(said, 'deploy'), 'resources');
  const limit = (of: Data | undefined, key: string, old: string): Data => {
    const value = own(isMap(of) ? of : {}, key) ?? own(said, old);
    return typeof value === 'string' || typeof value === 'number' ? (composeBytes(value) ?? null) : null;
  };
  return {
    ...without(said, 'deploy', 'profiles', 'x-note'),
    cpus: limit(limits, 'cpus', 'cpus'),
    mem_limit: limit(limits, 'memory', 'mem_limit'),
    mem_reservation: limit(reservations, 'memory', 'mem_reservation'),
    shm_size: limit({}, 'shm', 'shm_size'),
    scale: own(mapAt(said, 'deploy'), 'replicas') ?? own(said, 'scale') ?? 1,
    ports: listAt(said, 'ports').map((port) =>
      isMap(port) ? { protocol: 'tcp', ...without(port, 'mode') } : port,
    ),
    networks: mapValues(mapAt(said, 'networks'), (network) => network ?? {}),
    devices: listAt(said, 'devices').map((device) => String(device).replace(/:rwm$/, '')),
    volumes: listAt(said, 'volumes').map((volume) => (isMap(volume) ? shortOf(volume) : volume)),
    secrets: listAt(said, 'secrets').map((grant) => {
      const { source, target, ...rest } = isMap(grant) ? grant : {};
      const path = String(target ?? source ?? '');
      return {
        ...rest,
        source: source ?? null,
        target: path.startsWith('/') ? path : `/run/secrets/${path}`,
      };
    }),
  };
}

function shortOf(volume: DataMap): Data {
  if (volume['type'] !== 'volume' || volume['source'] === undefined) return volume;
  const modes = [
    volume['read_only'] === true ? 'ro' : 'rw',
    mapAt(volume, 'volume')['nocopy'] === true ? 'nocopy' : '',
  ];
  return `${volume['source']}:${volume['target']}:${modes.filter((mode) => mode !== '').join(',')}`;
}

function plain(value: Data): Data {
  if (isList(value)) {
    return value.map(plain).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (isMap(value))
    return mapOf(
      Object.entries(value)
        .sort()
        .map(([key, inner]) => [key, plain(inner)]),
    );
  return typeof value === 'number' ? String(value) : value;
}

import { posix } from 'node:path';
import type { Variables } from '../../../kernel/variables.ts';
import { check } from './checks.ts';
import { type DataMap, isMap, listAt, mapAt, mapOf, own, without } from './data.ts';
import { parseDotenv } from './dotenv.ts';
import { mistake } from './errors.ts';
import { extended } from './extends.ts';
import { included } from './include.ts';
import { interpolate } from './interpolate.ts';
import { merge } from './merge/merge.ts';
import { takeAway } from './merge/take-away.ts';
import type { ModelFile } from './model-file.ts';
import { projectName } from './names.ts';
import { parse } from './parse.ts';
import type { ComposeProject } from './project.ts';
import { Reading } from './reading.ts';
import { settled } from './settle.ts';
import { filesView, networksOf, serviceView, volumesView } from './view.ts';

export interface SourceText {
  readonly path: string;
  readonly text: string;
}

export interface LoadOptions {
  /** The compose files, in the order in which they are merged; paths absolute. */
  readonly files: readonly SourceText[];
  /** The text of a file by its absolute path, for `extends`, `include`, `env_file`; undefined when there is none. */
  readonly read: (path: string) => string | undefined;
  /** The environment; it wins over `envFiles`. */
  readonly variables: Variables;
  /** Variables for the compose files (`.env`), later ones win. */
  readonly envFiles: readonly SourceText[];
  /** As `--profile`; when empty, `COMPOSE_PROFILES` decides. */
  readonly profiles: readonly string[];
  /** As `-p`. */
  readonly projectName?: string;
  /** Project folder, absolute: relative paths start there. */
  readonly folder: string;
  /** Whose reading of dollar signs in env files, where the two differ; v2 when left out. */
  readonly generation?: 'v1' | 'v2';
}

/** Throws `configuration`, with file, line and column, for everything that compose refuses. */
export function loadProject(options: LoadOptions): ComposeProject {
  const { files, folder } = options;
  const reading = new Reading(options.read, options.generation ?? 'v2');
  const set = environment(options, reading);
  const name = nameOf(options, set);
  const variables = { ...set, COMPOSE_PROJECT_NAME: name };
  const merged = mergeAll(files, { reading, variables, folder, chain: files.map(({ path }) => path) });
  const profiles =
    options.profiles.length > 0 ? options.profiles : (set['COMPOSE_PROFILES'] ?? '').split(',');
  const { active, inactive } = sorted(mapAt(merged, 'services'), profiles);
  const tree = { ...merged, services: active };
  check({ tree, inactive, at: (path) => reading.at(path) });
  const raws = Object.entries(active).flatMap(([service, said]) =>
    isMap(said)
      ? [[service, withoutAbsent(settled(service, said, reading, variables), inactive)] as const]
      : [],
  );
  return {
    name,
    folder,
    services: Object.fromEntries(
      raws.map(([service, raw]) => [
        service,
        serviceView(service, raw, listAt(mapAt(active, service), 'profiles').map(String)),
      ]),
    ),
    inactive: Object.keys(inactive),
    volumes: volumesView(name, mapAt(merged, 'volumes')),
    networks: networksOf(
      name,
      withDefault(
        mapAt(merged, 'networks'),
        raws.map(([, raw]) => raw),
      ),
    ),
    secrets: filesView(name, mapAt(merged, 'secrets')),
    configs: filesView(name, mapAt(merged, 'configs')),
    document: { name, ...without(merged, 'name', 'version', ...ownKeys(merged)), services: mapOf(raws) },
    warnings: reading.warnings,
    read: [...reading.paths],
  };
}

/** They were there for their anchors, which are resolved. */
const ownKeys = (tree: DataMap): readonly string[] => Object.keys(tree).filter((key) => key.startsWith('x-'));

interface MergeContext {
  readonly reading: Reading;
  readonly variables: Variables;
  readonly folder: string;
  readonly chain: readonly string[];
}

function mergeAll(files: readonly SourceText[], context: MergeContext): DataMap {
  const { reading, variables, folder } = context;
  return files.reduce<DataMap>(
    (base, { path, text }) => join(base, reading.file(path, text, folder, variables), context),
    {},
  );
}

/** One more file over those before it. */
function join(base: DataMap, file: ModelFile, context: MergeContext): DataMap {
  const { reading, variables, folder } = context;
  const load = (
    paths: readonly string[],
    where: string,
    start: string,
    known: Variables,
    chain: readonly string[],
  ): DataMap =>
    paths.reduce<DataMap>(
      (before, path) =>
        join(before, reading.named(path, where, start, known), {
          reading,
          variables: known,
          folder: start,
          chain,
        }),
      {},
    );
  const whole = included(file, { ...context, load });
  const earlier = merge(mapAt(base, 'services'), {});
  const services = extended({ source: file.source, tree: whole }, { reading, variables, folder, earlier });
  const kept = takeAway(base, [...file.source.resets, ...file.source.overrides]);
  return merge(kept, { ...whole, ...(own(whole, 'services') === undefined ? {} : { services }) });
}

/** The environment over the env files, of which later ones win. */
function environment({ variables, envFiles }: LoadOptions, reading: Reading): Variables {
  let found: Variables = {};
  for (const { path, text } of envFiles) {
    reading.paths.add(path);
    found = { ...found, ...parseDotenv(path, text, reading.interpolation({ ...found, ...variables })) };
  }
  return { ...found, ...variables };
}

/** Known before anything else, since files may use it as a variable. */
function nameOf({ files, folder, projectName: given }: LoadOptions, variables: Variables): string {
  let top: readonly [string | undefined, string] = [undefined, ''];
  for (const { path, text } of files) {
    const { data, at } = parse(path, text);
    const name = isMap(data) ? own(data, 'name') : undefined;
    const where = at(['name']);
    if (typeof name !== 'string') continue;
    const filled = interpolate(name, where, { variables, unset: () => undefined });
    top = [filled, where];
  }
  const first = files[0];
  if (first === undefined)
    throw mistake(folder, 'has no compose file named', 'Name at least one compose file.');
  return projectName(
    [[given, 'the project name'], [variables['COMPOSE_PROJECT_NAME'], 'COMPOSE_PROJECT_NAME'], top],
    posix.resolve(folder),
  );
}

/** Services without profiles are always active; `*` activates every one. */
function sorted(services: DataMap, profiles: readonly string[]): { active: DataMap; inactive: DataMap } {
  const isActive = (name: string): boolean => {
    const wanted = listAt(mapAt(services, name), 'profiles');
    return (
      wanted.length === 0 ||
      profiles.includes('*') ||
      wanted.some((profile) => profiles.includes(String(profile)))
    );
  };
  const entries = Object.entries(services);
  return {
    active: mapOf(entries.filter(([name]) => isActive(name))),
    inactive: mapOf(entries.filter(([name]) => !isActive(name))),
  };
}

/** Dependencies that may be absent, and are, would be refused by compose as unknown. */
function withoutAbsent(service: DataMap, inactive: DataMap): DataMap {
  const said = mapAt(service, 'depends_on');
  const kept = without(said, ...Object.keys(inactive));
  const rest = without(service, 'depends_on');
  return Object.keys(kept).length === 0 ? rest : { ...rest, depends_on: kept };
}

/** The network that compose makes where a service names none. */
function withDefault(networks: DataMap, services: readonly DataMap[]): DataMap {
  const used = services.some((service) => {
    if (own(service, 'network_mode') !== undefined) return false;
    const named = Object.keys(mapAt(service, 'networks'));
    return named.length === 0 || named.includes('default');
  });
  return used && !Object.hasOwn(networks, 'default') ? { default: {}, ...networks } : networks;
}

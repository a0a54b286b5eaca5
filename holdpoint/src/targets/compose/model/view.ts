import { type Data, type DataMap, isList, isMap, listAt, mapAt, own, textAt } from './data.ts';
import { composeBytes, composeDuration } from './durations.ts';
import { linksOf } from './links.ts';
import { publishedRange } from './ports.ts';
import type {
  ComposeFile,
  ComposeNetwork,
  ComposeService,
  ComposeVolume,
  Dependency,
  FileGrant,
  Healthcheck,
  Mount,
  PublishedPort,
  ServiceNetwork,
} from './project.ts';

/** What a release needs to know of a service in long form. `profiles` are those of the files. */
export function serviceView(name: string, raw: DataMap, profiles: readonly string[]): ComposeService {
  const deploy = mapAt(raw, 'deploy');
  const limits = mapAt(mapAt(deploy, 'resources'), 'limits');
  const build = own(raw, 'build');
  const cpu = own(limits, 'cpus') ?? own(raw, 'cpus');
  const memory = own(limits, 'memory') ?? own(raw, 'mem_limit');
  const replicas = own(deploy, 'replicas') ?? own(raw, 'scale');
  return {
    name,
    image: textAt(raw, 'image'),
    build: isMap(build)
      ? { context: textAt(build, 'context') ?? '.', dockerfile: textAt(build, 'dockerfile') }
      : undefined,
    containerName: textAt(raw, 'container_name'),
    ports: listAt(raw, 'ports').flatMap(portView),
    expose: texts(raw, 'expose'),
    replicas: typeof replicas === 'number' ? replicas : 1,
    deployMode: textAt(deploy, 'mode') ?? 'replicated',
    user: textAt(raw, 'user'),
    command: wordsOf(own(raw, 'command')),
    entrypoint: wordsOf(own(raw, 'entrypoint')),
    environment: textsOf(mapAt(raw, 'environment')),
    limits: {
      cpu: cpu === undefined ? undefined : String(cpu),
      memory: typeof memory === 'number' || typeof memory === 'string' ? composeBytes(memory) : undefined,
    },
    healthcheck: healthcheckView(own(raw, 'healthcheck')),
    stopGracePeriod: milliseconds(raw, 'stop_grace_period'),
    stopSignal: textAt(raw, 'stop_signal'),
    networks: networksView(raw),
    networkMode: textAt(raw, 'network_mode'),
    mounts: [...listAt(raw, 'volumes').flatMap(mountView), ...texts(raw, 'tmpfs').map(tmpfsView)],
    dependsOn: dependenciesOf(name, raw),
    secrets: grants(raw, 'secrets'),
    configs: grants(raw, 'configs'),
    labels: textsOf(mapAt(raw, 'labels')),
    restart: textAt(raw, 'restart'),
    readOnly: raw['read_only'] === true,
    profiles,
    raw,
  };
}

const texts = (map: DataMap, key: string): readonly string[] => listAt(map, key).map(String);

function wordsOf(value: Data | undefined): string | readonly string[] | undefined {
  if (isList(value)) return value.map(String);
  return typeof value === 'string' ? value : undefined;
}

const textsOf = (map: DataMap): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(map).flatMap(([key, value]) => (value === null ? [] : [[key, String(value)] as const])),
  );

function milliseconds(map: DataMap, key: string): number | undefined {
  const text = textAt(map, key);
  return text === undefined ? undefined : composeDuration(text);
}

function portView(port: Data): readonly PublishedPort[] {
  if (!isMap(port)) return [];
  const published = own(port, 'published');
  const protocol = textAt(port, 'protocol');
  return [
    {
      target: Number(port['target']),
      published: published === undefined ? undefined : publishedRange(String(published)),
      hostIp: textAt(port, 'host_ip'),
      protocol: protocol === 'udp' || protocol === 'sctp' ? protocol : 'tcp',
    },
  ];
}

function healthcheckView(check: Data | undefined): Healthcheck | undefined {
  if (!isMap(check)) return undefined;
  const test = own(check, 'test');
  const words = typeof test === 'string' ? ['CMD-SHELL', test] : isList(test) ? test.map(String) : undefined;
  const retries = own(check, 'retries');
  const disabled = check['disable'] === true || words?.[0] === 'NONE';
  return {
    disabled,
    test: disabled ? undefined : words,
    interval: milliseconds(check, 'interval'),
    timeout: milliseconds(check, 'timeout'),
    startPeriod: milliseconds(check, 'start_period'),
    retries: typeof retries === 'number' ? retries : undefined,
  };
}

/** A service that names none is in the default network. */
function networksView(raw: DataMap): Readonly<Record<string, ServiceNetwork>> {
  if (own(raw, 'network_mode') !== undefined) return {};
  const named = mapAt(raw, 'networks');
  const networks = Object.keys(named).length === 0 ? { default: null } : named;
  return Object.fromEntries(
    Object.keys(networks).map((name) => {
      const said = mapAt(networks, name);
      return [
        name,
        {
          aliases: texts(said, 'aliases'),
          ipv4: textAt(said, 'ipv4_address'),
          ipv6: textAt(said, 'ipv6_address'),
        },
      ];
    }),
  );
}

function mountView(volume: Data): readonly Mount[] {
  if (!isMap(volume)) return [];
  const source = textAt(volume, 'source');
  const type = textAt(volume, 'type');
  const named = type === 'volume' && source !== undefined && source !== '';
  return [
    {
      type: named || type === 'bind' || type === 'tmpfs' ? type : type === 'volume' ? 'anonymous' : 'other',
      source: named || type !== 'volume' ? source : undefined,
      target: textAt(volume, 'target') ?? '',
      readOnly: volume['read_only'] === true,
    },
  ];
}

/** `PATH` or `PATH:OPTIONS`. */
const tmpfsView = (text: string): Mount => ({
  type: 'tmpfs',
  source: undefined,
  target: text.split(':')[0] ?? text,
  readOnly: (text.split(':')[1] ?? '').split(',').includes('ro'),
});

/** Links and shared namespaces are dependencies too, though nobody wrote them as such. */
function dependenciesOf(name: string, raw: DataMap): Readonly<Record<string, Dependency>> {
  const found = new Map<string, Dependency>();
  const said = mapAt(raw, 'depends_on');
  for (const { to } of linksOf(name, raw)) {
    const how = mapAt(said, to);
    const condition = own(how, 'condition');
    found.set(to, {
      condition:
        condition === 'service_healthy' || condition === 'service_completed_successfully'
          ? condition
          : 'service_started',
      required: how['required'] !== false,
      restart: how['restart'] === true || !Object.hasOwn(said, to),
    });
  }
  return Object.fromEntries(found);
}

const grants = (raw: DataMap, key: string): readonly FileGrant[] =>
  listAt(raw, key).flatMap((grant) =>
    isMap(grant) ? [{ source: String(grant['source']), target: String(grant['target']) }] : [],
  );

/** Volumes by their name in the files. */
export const volumesView = (project: string, volumes: DataMap): Readonly<Record<string, ComposeVolume>> =>
  each(volumes, (key, said) => ({
    ...naming(project, key, said),
    driver: textAt(said, 'driver'),
    driverOptions: textsOf(mapAt(said, 'driver_opts')),
    labels: textsOf(mapAt(said, 'labels')),
  }));

export const networksOf = (project: string, networks: DataMap): Readonly<Record<string, ComposeNetwork>> =>
  each(networks, (key, said) => ({
    ...naming(project, key, said),
    driver: textAt(said, 'driver'),
    internal: said['internal'] === true,
  }));

export const filesView = (project: string, files: DataMap): Readonly<Record<string, ComposeFile>> =>
  each(files, (key, said) => ({
    ...naming(project, key, said),
    file: textAt(said, 'file'),
    environment: textAt(said, 'environment'),
  }));

const each = <View>(
  map: DataMap,
  view: (key: string, said: DataMap) => View,
): Readonly<Record<string, View>> =>
  Object.fromEntries(Object.keys(map).map((key) => [key, view(key, mapAt(map, key))]));

function naming(project: string, key: string, said: DataMap): { name: string; external: boolean } {
  const external = said['external'] === true;
  return { name: textAt(said, 'name') ?? (external ? key : `${project}_${key}`), external };
}

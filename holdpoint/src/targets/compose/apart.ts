import type { Apart } from '../target.ts';
import { type Data, type DataMap, isMap, listAt, mapAt, mapOf, textAt, without } from './model/data.ts';

const NETWORK = 'apart';

/** Pure: the files of secrets and configs that a service of this compose file is given; absolute paths. */
export function grantedFiles(document: DataMap, service: string): ReadonlyMap<string, string> {
  const own = mapAt(mapAt(document, 'services'), service);
  const found = (['secrets', 'configs'] as const).flatMap((kind) =>
    listAt(own, kind).flatMap((grant) => {
      const name = isMap(grant) ? textAt(grant, 'source') : typeof grant === 'string' ? grant : undefined;
      const path = name === undefined ? undefined : textAt(mapAt(mapAt(document, kind), name), 'file');
      return path === undefined ? [] : [[`${kind}/${name}`, path] as const];
    }),
  );
  return new Map(found);
}

/** What a container that is kept apart is given in place of what its service has. */
export interface Replaced {
  /** Paths of files that stand for those of `grantedFiles`. */
  readonly files: ReadonlyMap<string, string>;
  /** Names that the engine knows named volumes by; one that it does not have is an empty one of the container's own. */
  readonly volumes: ReadonlyMap<string, string>;
}

/** What leads out of a container by another way than a network, or belongs to the service's own containers alone. */
const LEFT_OUT = [
  ...['networks', 'network_mode', 'links', 'external_links', 'extra_hosts', 'dns', 'ports', 'mac_address'],
  ...['pid', 'ipc', 'userns_mode', 'cgroup_parent', 'privileged', 'devices', 'device_cgroup_rules'],
  ...['container_name', 'depends_on', 'volumes_from', 'env_file', 'restart', 'scale', 'labels'],
];
/** What the engine gives to each container that does not give it up; with others one could leave its network. */
const CAPABILITIES = (
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID ' +
  'SYS_CHROOT'
).split(' ');

/**
 * Pure: a compose file of one service alone, for a container that reaches nothing but `apart.network`: with the
 * variables that are wanted there, volumes read-only and no sockets of the machine. Dollar signs are doubled in a
 * compose file.
 */
export function apartDocument(
  document: DataMap,
  service: string,
  apart: Apart,
  { files, volumes }: Replaced,
): DataMap {
  const own = mapAt(mapAt(document, 'services'), service);
  const filled = Object.entries(mapAt(own, 'environment')).flatMap(([name, value]) =>
    value === null ? [] : [[name, String(value).replaceAll('$$', '$')] as const],
  );
  const environment = Object.entries(apart.environment(Object.fromEntries(filled))).map(
    ([name, value]) => [name, value.replaceAll('$', '$$$$')] as const,
  );
  const aliases = aliasesOf(own);
  const mounts = listAt(own, 'volumes').flatMap((volume) => mounted(volume, volumes));
  const sources = mounts.map((volume) => partsOf(volume).source);
  const held = [...volumes].filter(([key]) => sources.includes(key));
  const alone = {
    ...without(own, ...LEFT_OUT),
    environment: mapOf(environment),
    networks: { [NETWORK]: aliases.length === 0 ? {} : { aliases } },
    volumes: mounts,
    ...('cap_add' in own
      ? { cap_add: listAt(own, 'cap_add').filter((one) => CAPABILITIES.includes(nameOf(one))) }
      : {}),
  };
  const granted = (kind: 'secrets' | 'configs'): DataMap =>
    mapOf(
      Object.entries(mapAt(document, kind)).map(([name, entry]) => {
        const file = files.get(`${kind}/${name}`);
        return [name, file === undefined || !isMap(entry) ? entry : { ...entry, file }];
      }),
    );
  return {
    ...without(document, 'services', 'networks', 'volumes', 'secrets', 'configs'),
    services: { [service]: alone },
    networks: { [NETWORK]: { external: true, name: apart.network } },
    // Their own, so that compose neither makes nor labels anything of the deployment for this project.
    ...(held.length === 0
      ? {}
      : { volumes: mapOf(held.map(([key, name]) => [key, { external: true, name }])) }),
    ...('secrets' in document ? { secrets: granted('secrets') } : {}),
    ...('configs' in document ? { configs: granted('configs') } : {}),
  };
}

/** `cap_add` may be written in small letters, and with the kernel's prefix. */
const nameOf = (capability: Data): string => String(capability).toUpperCase().replace(/^CAP_/, '');

/** By whatever names others know the service: they know those that are started with it by the same ones. */
function aliasesOf(own: DataMap): readonly string[] {
  const networks = Object.values(mapAt(own, 'networks')).filter(isMap);
  const names = networks.flatMap((network) => listAt(network, 'aliases')).map(String);
  return [...new Set(names)];
}

interface Mount {
  readonly source?: string;
  readonly target: string;
}

/** `source:target:mode`, as `docker-compose` 1.29 is told; or the long form. */
function partsOf(volume: Data): Mount {
  if (isMap(volume)) {
    const source = textAt(volume, 'source');
    return { target: textAt(volume, 'target') ?? '', ...(source === undefined ? {} : { source }) };
  }
  const [source = '', target] = String(volume).split(':');
  return target === undefined ? { target: source } : { source, target };
}

function mounted(volume: Data, volumes: ReadonlyMap<string, string>): readonly Data[] {
  const { source, target } = partsOf(volume);
  if (leadsOut(volume)) return [];
  const named = source !== undefined && !source.startsWith('/') && !volumes.has(source);
  return named ? [target] : [readOnly(volume)];
}

function readOnly(volume: Data): Data {
  if (isMap(volume)) return volume['type'] === 'tmpfs' ? volume : { ...volume, read_only: true };
  const [source, target, mode = ''] = String(volume).split(':');
  if (source === undefined || target === undefined) return volume;
  const modes = mode.split(',').filter((one) => !['', 'rw', 'ro'].includes(one));
  return [source, target, ['ro', ...modes].join(',')].join(':');
}

/**
 * Through a socket a container reaches whoever listens on it, the engine above all; and what lies in a spool folder is
 * sent by somebody else. Read-only mounts do not hinder the one.
 */
function leadsOut(volume: Data): boolean {
  if (isMap(volume) && volume['type'] === 'tmpfs') return false;
  const { source, target } = partsOf(volume);
  if (source === undefined) return false;
  if (source.endsWith('.sock')) return true;
  return source.startsWith('/') ? SPOOLS.test(source) : SPOOLS.test(target);
}

/** Where programs keep their sockets and queues; other containers, when it is a volume that they share. */
const SPOOLS = /^\/(run|var\/run|var\/lock|var\/spool)(\/|$)/;

import {
  type Data,
  type DataMap,
  given,
  isMap,
  listAt,
  mapAt,
  mapValues,
  own,
  pick,
  textAt,
  without,
} from './data.ts';
import { withHostLines } from './host-lines.ts';
import { shortPort } from './ports.ts';

/** What 1.29 knows of a service; the rest is either of no weight to it, or missing. */
const KNOWN = (
  'blkio_config build cap_add cap_drop cgroup_parent command container_name cpu_count cpu_percent cpu_period cpu_quota ' +
  'cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on deploy device_cgroup_rules devices ' +
  'dns dns_opt dns_search domainname entrypoint environment expose external_links extra_hosts group_add healthcheck ' +
  'hostname image init ipc isolation labels links logging mac_address mem_limit mem_reservation mem_swappiness ' +
  'memswap_limit network_mode networks oom_kill_disable oom_score_adj pid pids_limit platform ports privileged ' +
  'pull_policy read_only restart runtime scale secrets security_opt shm_size stdin_open stop_grace_period stop_signal ' +
  'storage_opt sysctls tmpfs tty ulimits user userns_mode volumes volumes_from working_dir'
).split(' ');
/** Of no weight to containers that a release makes. */
const IDLE = ['attach', 'pull_refresh_after', 'configs'];
const BUILD = [
  'context',
  'dockerfile',
  'args',
  'labels',
  'cache_from',
  'network',
  'target',
  'shm_size',
  'extra_hosts',
  'isolation',
];
const NETWORK = ['aliases', 'ipv4_address', 'ipv6_address', 'link_local_ips', 'priority'];
const HEALTHCHECK = ['test', 'interval', 'timeout', 'retries', 'start_period'];

export interface Written {
  readonly written: DataMap;
  /** Paths in the service of what 1.29 cannot do. */
  readonly missing: readonly string[];
}

export function firstGenerationService(service: DataMap, configs: DataMap): Written {
  const missing = Object.keys(service).filter(
    (key) => !KNOWN.includes(key) && !IDLE.includes(key) && !key.startsWith('x-'),
  );
  const networks = mapAt(service, 'networks');
  for (const [name, said] of Object.entries(networks)) {
    const more = Object.keys(isMap(said) ? said : {}).filter(
      (key) => !NETWORK.includes(key) && !key.startsWith('x-'),
    );
    missing.push(...more.map((key) => `networks.${name}.${key}`));
  }
  const volumes = listAt(service, 'volumes').map((volume) =>
    isMap(volume) ? shortVolume(volume, missing) : volume,
  );
  const files = listAt(service, 'configs').flatMap((grant) =>
    isMap(grant) ? configMount(grant, configs, missing) : [],
  );
  const mounts = [...volumes, ...files];
  const short = given({
    ...pick(withHostLines(service), ...KNOWN),
    build: isMap(own(service, 'build')) ? pick(mapAt(withHostLines(service), 'build'), ...BUILD) : undefined,
    ports:
      own(service, 'ports') === undefined
        ? undefined
        : listAt(service, 'ports').map((port) => (isMap(port) ? shortPort(port) : port)),
    devices:
      own(service, 'devices') === undefined
        ? undefined
        : listAt(service, 'devices').map((device) => shortDevice(device, missing)),
    volumes: mounts.length === 0 ? undefined : mounts,
    networks: own(service, 'networks') === undefined ? undefined : networks,
    depends_on:
      own(service, 'depends_on') === undefined
        ? undefined
        : mapValues(mapAt(service, 'depends_on'), condition),
    healthcheck: healthcheck(own(service, 'healthcheck')),
    pull_policy: pullPolicy(textAt(service, 'pull_policy')),
  });
  return { written: deployed(nullsAway(short)), missing };
}

/** A command of nothing is the image's own, which 1.29 says by saying nothing. */
const nullsAway = (service: DataMap): DataMap =>
  given(
    Object.fromEntries(
      Object.entries(service).map(([key, value]) => [key, value === null ? undefined : value]),
    ),
  );

const condition = (how: Data): Data => (isMap(how) ? pick(how, 'condition') : how);

function healthcheck(check: Data | undefined): Data | undefined {
  if (!isMap(check)) return undefined;
  return check['disable'] === true ? { test: ['NONE'] } : pick(check, ...HEALTHCHECK);
}

function pullPolicy(policy: string | undefined): string | undefined {
  if (policy === 'missing') return 'if_not_present';
  return policy !== undefined && ['always', 'never', 'if_not_present', 'build'].includes(policy)
    ? policy
    : undefined;
}

/** What 1.29 would take from `deploy` only with some settings, said where it always reads it. */
function deployed(service: DataMap): DataMap {
  const deploy = own(service, 'deploy');
  const rest = without(service, 'deploy');
  if (!isMap(deploy)) return rest;
  const { limits, reservations } = mapAt(deploy, 'resources');
  const policy = mapAt(deploy, 'restart_policy');
  const cpus = own(isMap(limits) ? limits : {}, 'cpus');
  const memory = own(isMap(limits) ? limits : {}, 'memory');
  const pids = own(isMap(limits) ? limits : {}, 'pids');
  const reserved = own(isMap(reservations) ? reservations : {}, 'memory');
  const devices = own(isMap(reservations) ? reservations : {}, 'devices');
  return given({
    ...rest,
    cpus: cpus === undefined ? own(rest, 'cpus') : Number(cpus),
    mem_limit: memory === undefined ? own(rest, 'mem_limit') : Number(memory),
    pids_limit: pids ?? own(rest, 'pids_limit'),
    mem_reservation: reserved === undefined ? own(rest, 'mem_reservation') : Number(reserved),
    scale: own(deploy, 'replicas') ?? own(rest, 'scale'),
    restart: own(rest, 'restart') ?? restartOf(policy),
    deploy: devices === undefined ? undefined : { resources: { reservations: { devices } } },
  });
}

function restartOf(policy: DataMap): string | undefined {
  if (Object.keys(policy).length === 0) return undefined;
  const condition = textAt(policy, 'condition') ?? 'any';
  if (condition === 'none') return 'no';
  if (condition === 'any') return 'always';
  const attempts = own(policy, 'max_attempts');
  return attempts === undefined ? 'on-failure' : `on-failure:${String(attempts)}`;
}

/** Short, since 1.29 makes the folder of a bind only then; long where the short form has no word for it. */
function shortVolume(volume: DataMap, missing: string[]): Data {
  const type = textAt(volume, 'type') ?? '';
  const target = textAt(volume, 'target') ?? '';
  const source = textAt(volume, 'source');
  if (type !== 'bind' && type !== 'volume') {
    if (type !== 'tmpfs') missing.push(`volumes (type ${type})`);
    return { ...pick(volume, 'type', 'target', 'read_only'), ...tmpfsOf(volume) };
  }
  const own = mapAt(volume, type);
  if (type === 'volume' && own['subpath'] !== undefined)
    missing.push(`volumes (subpath of ${source ?? target})`);
  if (source === undefined || source === '') return target;
  const mustExist = type === 'bind' && own['create_host_path'] === false;
  if (mustExist || source.includes(':') || target.includes(':')) {
    const propagation = own['propagation'];
    return given({
      ...pick(volume, 'type', 'source', 'target', 'read_only'),
      bind: propagation === undefined ? undefined : { propagation },
      volume: own['nocopy'] === true ? { nocopy: true } : undefined,
    });
  }
  const modes = [
    volume['read_only'] === true ? 'ro' : 'rw',
    ...[own['propagation'], own['selinux']].filter((mode) => typeof mode === 'string'),
    ...(own['nocopy'] === true ? ['nocopy'] : []),
  ];
  return `${source}:${target}:${modes.join(',')}`;
}

function tmpfsOf(volume: DataMap): DataMap {
  const size = mapAt(volume, 'tmpfs')['size'];
  return size === undefined ? {} : { tmpfs: { size } };
}

/** 1.29 leaves configs to swarm; v2 mounts their files, and so is it written here. */
function configMount(grant: DataMap, configs: DataMap, missing: string[]): readonly Data[] {
  const source = String(grant['source']);
  const file = textAt(mapAt(configs, source), 'file');
  if (file === undefined) {
    missing.push(`configs (${source} is no file)`);
    return [];
  }
  return [{ type: 'bind', source: file, target: String(grant['target']), read_only: true }];
}

function shortDevice(device: Data, missing: string[]): Data {
  if (!isMap(device)) {
    missing.push(`devices (${String(device)})`);
    return device;
  }
  return `${String(device['source'])}:${String(device['target'])}:${String(device['permissions'])}`;
}

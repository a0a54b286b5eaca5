import { z } from 'zod';

const labels = z
  .record(z.string(), z.string())
  .nullish()
  .transform((found) => found ?? {});

const network = z.object({
  IPAddress: z.string().default(''),
  Aliases: z.array(z.string()).nullish(),
});

const binding = z.object({ HostIp: z.string().default(''), HostPort: z.string().default('') });

const hostConfig = z.object({
  Memory: z.number().default(0),
  NanoCpus: z.number().default(0),
  CpuQuota: z.number().default(0),
  CpuPeriod: z.number().default(0),
  NetworkMode: z.string().default(''),
  LogConfig: z.object({ Type: z.string().default(''), Config: labels }).default({ Type: '', Config: {} }),
});

/** The part of `docker container inspect` that is used here. */
export const containerSchema = z
  .object({
    Id: z.string(),
    Name: z.string(),
    Created: z.string(),
    Image: z.string(),
    RestartCount: z.number().default(0),
    State: z.object({
      Status: z.enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']),
      OOMKilled: z.boolean().default(false),
      ExitCode: z.number(),
      Pid: z.number(),
      StartedAt: z.string(),
      Health: z.object({ Status: z.enum(['none', 'starting', 'healthy', 'unhealthy']) }).nullish(),
    }),
    Config: z.object({ Image: z.string(), User: z.string().default(''), Labels: labels }),
    Mounts: z
      .array(
        z.object({
          Type: z.string(),
          Name: z.string().optional(),
          Source: z.string().default(''),
          Destination: z.string(),
          RW: z.boolean().default(true),
        }),
      )
      .default([]),
    HostConfig: hostConfig.prefault({}),
    NetworkSettings: z.object({
      Networks: z.record(z.string(), network).nullish(),
      Ports: z.record(z.string(), z.array(binding).nullish()).nullish(),
    }),
  })
  .transform((raw) => ({
    id: raw.Id,
    /** Without the leading slash that the engine writes. */
    name: raw.Name.replace(/^\//, ''),
    /** Id of its image, `sha256:…`: a tag may have moved since. */
    image: raw.Image,
    /** As it was asked for when the container was made. */
    reference: raw.Config.Image,
    user: raw.Config.User,
    labels: raw.Config.Labels,
    status: raw.State.Status,
    health: raw.State.Health?.Status ?? 'none',
    outOfMemory: raw.State.OOMKilled,
    exitCode: raw.State.ExitCode,
    /** On the engine's machine; 0 while it does not run. */
    pid: raw.State.Pid,
    restarts: raw.RestartCount,
    createdAt: Date.parse(raw.Created),
    startedAt: Date.parse(raw.State.StartedAt),
    mounts: raw.Mounts.map(({ Type, Name, Source, Destination, RW }) => ({
      type: Type,
      source: Source,
      destination: Destination,
      writable: RW,
      ...(Name === undefined ? {} : { volume: Name }),
    })),
    /** Addresses by network; a container that does not run has none. */
    addresses: Object.fromEntries(
      Object.entries(raw.NetworkSettings.Networks ?? {}).map(([name, { IPAddress }]) => [name, IPAddress]),
    ) as Readonly<Record<string, string>>,
    /** Ports of the host that lead into it; an address of `0.0.0.0` or `::` is every one that the host has. */
    published: Object.entries(raw.NetworkSettings.Ports ?? {}).flatMap(([inside, bindings]) =>
      (bindings ?? []).map(({ HostIp, HostPort }) => ({
        inside,
        address: HostIp === '' ? '0.0.0.0' : HostIp,
        port: Number(HostPort),
      })),
    ),
    /** It has no network of its own: what it listens on, the host listens on. */
    onHostNetwork: raw.HostConfig.NetworkMode === 'host',
    /** As the engine enforces them: bytes and cores; 0 without a limit. */
    limits: { memory: raw.HostConfig.Memory, cpu: coresOf(raw.HostConfig) },
    logging: { driver: raw.HostConfig.LogConfig.Type, options: raw.HostConfig.LogConfig.Config },
  }));

/** `--cpus` is kept in thousand-millionths of a core, `cpu_quota` as microseconds of a period. */
function coresOf({ NanoCpus, CpuQuota, CpuPeriod }: z.output<typeof hostConfig>): number {
  if (NanoCpus > 0) return NanoCpus / 1e9;
  return CpuQuota > 0 ? CpuQuota / (CpuPeriod > 0 ? CpuPeriod : 100_000) : 0;
}

export type ContainerFacts = z.output<typeof containerSchema>;

/** In which order containers are told. */
export const oldestFirst = (a: ContainerFacts, b: ContainerFacts): number =>
  a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);

export const imageSchema = z
  .object({
    Id: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    RepoDigests: z.array(z.string()).nullish(),
    Created: z.string().nullish(),
    Size: z.number(),
    Architecture: z.string(),
    Config: z.object({ User: z.string().default(''), Labels: labels, Env: z.array(z.string()).nullish() }),
  })
  .transform((raw) => ({
    id: raw.Id,
    tags: raw.RepoTags ?? [],
    /** `repository@sha256:…`, of the manifest as a registry knows it; empty for an image that was never in one. */
    digests: raw.RepoDigests ?? [],
    /** Bytes of all its layers, unpacked. */
    bytes: raw.Size,
    user: raw.Config.User,
    labels: raw.Config.Labels,
    architecture: raw.Architecture,
  }));

export type ImageFacts = z.output<typeof imageSchema>;

export const volumeSchema = z
  .object({ Name: z.string(), Driver: z.string(), Mountpoint: z.string(), Labels: labels })
  .transform((raw) => ({
    name: raw.Name,
    driver: raw.Driver,
    /** Folder on the engine's machine; only its owner may look into it. */
    folder: raw.Mountpoint,
    labels: raw.Labels,
  }));

/** The part of `docker info` that is used here. */
export const engineSchema = z
  .object({
    Name: z.string(),
    ServerVersion: z.string(),
    DockerRootDir: z.string(),
    MemTotal: z.number(),
    NCPU: z.number(),
  })
  .transform((raw) => ({
    /** Host name of its machine. */
    machine: raw.Name,
    version: raw.ServerVersion,
    /** Where it keeps images, containers and volumes, on its machine. */
    folder: raw.DockerRootDir,
    memory: raw.MemTotal,
    processors: raw.NCPU,
  }));

export type EngineFacts = z.output<typeof engineSchema>;

export const networkSchema = z
  .object({ Name: z.string(), Driver: z.string(), Internal: z.boolean().default(false) })
  .transform((raw) => ({ name: raw.Name, driver: raw.Driver, internal: raw.Internal }));

export type NetworkFacts = z.output<typeof networkSchema>;

export type VolumeFacts = z.output<typeof volumeSchema>;

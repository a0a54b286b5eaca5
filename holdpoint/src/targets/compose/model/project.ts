import type { DataMap } from './data.ts';

/** Compose files of a user, merged, with every variable filled in, and checked: what compose would run. */
export interface ComposeProject {
  readonly name: string;
  /** Absolute; relative paths of the files were resolved against it. */
  readonly folder: string;
  /** Those that the profiles leave active, in the order of the files. */
  readonly services: Readonly<Record<string, ComposeService>>;
  /** Names of services that no profile activates. */
  readonly inactive: readonly string[];
  readonly volumes: Readonly<Record<string, ComposeVolume>>;
  readonly networks: Readonly<Record<string, ComposeNetwork>>;
  readonly secrets: Readonly<Record<string, ComposeFile>>;
  readonly configs: Readonly<Record<string, ComposeFile>>;
  /** The whole project as data, without inactive services; `documentFor` makes it a compose file again. */
  readonly document: DataMap;
  /** One sentence each: variables that are not set and became empty, keys that compose ignores. */
  readonly warnings: readonly string[];
  /** The files that were read, with those of `extends`, `include` and `env_file`. */
  readonly read: readonly string[];
}

export interface ComposeService {
  readonly name: string;
  readonly image: string | undefined;
  readonly build: { readonly context: string; readonly dockerfile: string | undefined } | undefined;
  readonly containerName: string | undefined;
  readonly ports: readonly PublishedPort[];
  /** Ports inside the container that other containers are told of. */
  readonly expose: readonly string[];
  /** `deploy.replicas`, else `scale`, else 1. */
  readonly replicas: number;
  readonly deployMode: string;
  readonly user: string | undefined;
  readonly command: string | readonly string[] | undefined;
  readonly entrypoint: string | readonly string[] | undefined;
  /** What the containers get: env files first, then `environment`. Names that are taken away are not here. */
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: Limits;
  readonly healthcheck: Healthcheck | undefined;
  /** Milliseconds; compose waits 10 s when it is left out. */
  readonly stopGracePeriod: number | undefined;
  readonly stopSignal: string | undefined;
  /** Names of the compose file; empty with a `network_mode`. */
  readonly networks: Readonly<Record<string, ServiceNetwork>>;
  readonly networkMode: string | undefined;
  readonly mounts: readonly Mount[];
  readonly dependsOn: Readonly<Record<string, Dependency>>;
  readonly secrets: readonly FileGrant[];
  readonly configs: readonly FileGrant[];
  readonly labels: Readonly<Record<string, string>>;
  readonly restart: string | undefined;
  readonly readOnly: boolean;
  readonly profiles: readonly string[];
  /** The merged service in long forms, without `extends`, `env_file` and `profiles`. Dollar signs stand for themselves. */
  readonly raw: DataMap;
}

/** A port of the container that the host answers for, or would: `published` undefined means any free port. */
export interface PublishedPort {
  readonly target: number;
  readonly published: PortRange | undefined;
  readonly hostIp: string | undefined;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

export interface PortRange {
  readonly from: number;
  readonly to: number;
}

export interface Limits {
  /** Processors, as written: `0.5`. */
  readonly cpu: string | undefined;
  /** Bytes. */
  readonly memory: number | undefined;
}

/** Durations in milliseconds; what is left out, the image or the engine decides. */
export interface Healthcheck {
  /** The image's own check is switched off. */
  readonly disabled: boolean;
  readonly test: readonly string[] | undefined;
  readonly interval: number | undefined;
  readonly timeout: number | undefined;
  readonly startPeriod: number | undefined;
  readonly retries: number | undefined;
}

export interface ServiceNetwork {
  readonly aliases: readonly string[];
  /** A fixed address, which only one container at a time can have. */
  readonly ipv4: string | undefined;
  readonly ipv6: string | undefined;
}

export interface Mount {
  readonly type: 'volume' | 'bind' | 'tmpfs' | 'anonymous' | 'other';
  /** Name of the volume in the compose file, or absolute path on the host; undefined for tmpfs and anonymous ones. */
  readonly source: string | undefined;
  readonly target: string;
  readonly readOnly: boolean;
}

export interface Dependency {
  readonly condition: 'service_started' | 'service_healthy' | 'service_completed_successfully';
  readonly required: boolean;
  /** Whether it restarts when what it depends on is replaced. */
  readonly restart: boolean;
}

/** A secret or config that a service may read, and where. */
export interface FileGrant {
  readonly source: string;
  readonly target: string;
}

export interface ComposeVolume {
  /** As the engine knows it: `<project>_<name>` where the files say nothing else. */
  readonly name: string;
  /** Made by somebody else; compose neither makes nor removes it. */
  readonly external: boolean;
  readonly driver: string | undefined;
  readonly driverOptions: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ComposeNetwork {
  readonly name: string;
  readonly external: boolean;
  readonly driver: string | undefined;
  /** Without a way to the outside. */
  readonly internal: boolean;
}

/** A secret or config of the project. */
export interface ComposeFile {
  readonly name: string;
  readonly external: boolean;
  /** Absolute path. */
  readonly file: string | undefined;
  /** The variable that holds it. */
  readonly environment: string | undefined;
}

import type { Json } from '../kernel/canonical.ts';
import type { Digest, ReplicaId, StepName } from '../kernel/ids.ts';
import type { Command } from '../system/exec/command.ts';

export type TargetKind = 'process' | 'memory' | 'compose' | 'kubernetes';

/** What runs, told by content: a version is a name that can be moved, a digest cannot. */
export interface Revision {
  readonly version: string;
  readonly digest: Digest;
}

export type ReplicaState = 'starting' | 'ready' | 'draining' | 'dead';

export interface Replica {
  readonly id: ReplicaId;
  readonly service: string;
  readonly revision: Revision;
  readonly state: ReplicaState;
  /** `host:port` where the replica itself answers. */
  readonly address?: string;
  /** Whether the edge sends it traffic; always false for services that the edge does not know. */
  readonly routed: boolean;
  readonly startedAt: number;
  readonly pid?: number;
  /** Of a dead one, where its target can tell: the kernel has killed for want of memory while it lived. */
  readonly ended?: 'oom-killed';
}

/** What really stands, read from the machine and never from memory. */
export interface World {
  readonly at: number;
  readonly replicas: readonly Replica[];
}

/** One effect. Its action is data, so that a plan can be printed, logged and taken up by another process. */
export interface TargetStep {
  readonly name: StepName;
  /** For people: `start backend-2 of 2.0.0`. */
  readonly title: string;
  readonly action: Json;
  /** The step gives the new revision more of a service's traffic than its first replica has. */
  readonly widens?: Widening;
  /** From this step on nobody serves until a later one, as far as is known. */
  readonly downtime?: Downtime;
}

/** Seconds without a service that a plan costs, known before it begins. */
export interface Downtime {
  readonly service: string;
  /** Why old and new cannot overlap: `it publishes port 8080 of the host`. */
  readonly reason: string;
  /** Estimated milliseconds. */
  readonly expected: number;
}

/** How far a service is rolled before a step that goes further. */
export interface Widening {
  readonly service: string;
  /** Replicas of the new revision that serve already. */
  readonly fresh: number;
  /** Declared replicas. */
  readonly of: number;
}

/** Why a step may act now: an effect with a fence lower than one already seen is refused with `lease-lost`. */
export interface Authority {
  readonly fence: number;
  readonly signal: AbortSignal;
}

export interface StepOutcome {
  readonly summary: string;
  /** Last lines of what died, kept before anything is removed. */
  readonly captured?: readonly string[];
}

/** A service of a revision that is tried elsewhere. */
export interface Tryable {
  readonly service: string;
  /** Path that answers 2xx once it is ready. */
  readonly ready?: string;
  /** Milliseconds until it has to be. */
  readonly startWithin: number;
  readonly routed: boolean;
}

/** How one replica of a service is started by hand as a process. */
export interface Launch extends Tryable {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Its whole environment but `PORT`, `HOST` and `INSTANCE`. Holds secrets. */
  readonly environment: Readonly<Record<string, string>>;
}

/** How a container is made that stands for a replica of a service, and belongs to the deployment in no way. */
export interface StandIn extends Tryable {
  /** Inside the container, where requests are answered; undefined for one that answers none. */
  readonly port?: number;
  /**
   * The command that makes it under this name, starts it and does not wait for its end. It runs what the service runs,
   * and reaches nothing that the service reaches. Throws what `apart` throws, before there is any container.
   */
  start(name: string, apart: Apart): Promise<Command>;
}

/** What a container is given that must not reach what its service reaches. */
export interface Apart {
  /** Name of an existing network of the engine, the only one that it joins. */
  readonly network: string;
  /** Its variables, made from those that the service has, all filled in. */
  readonly environment: (filled: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
  /** The text of a file with a secret or configuration, made from the one that the service reads. */
  readonly file: (name: string, text: string) => string;
}

/** A service as its target declares it, whoever wrote the declaration. */
export interface DeclaredService {
  readonly name: string;
  readonly replicas: number;
  readonly routed: boolean;
  /** As declared, before the host's variables are filled in. */
  readonly environment: Readonly<Record<string, string>>;
  /** Paths that the replicas answer. */
  readonly paths: {
    readonly health?: string;
    readonly ready?: string;
    readonly metrics?: string;
    readonly version?: string;
  };
  /** CPU in cores (`0.5`), memory with its unit (`512MB`). */
  readonly limits?: { readonly cpu?: string; readonly memory?: string };
}

/** One image of a release, as its service names it. */
export interface ReleaseImage {
  readonly service: string;
  /** `ghcr.io/toolboxai/backend:2.0.0` */
  readonly reference: string;
  /** The user that the deployment's own files ask for; undefined where they leave it to the image. */
  readonly user?: string;
  /** Engine's ids of the running containers of this very release. */
  readonly containers: readonly string[];
}

/** A container of the deployment, of whichever service: one that a release replaces, the edge, a database. */
export interface DeployedContainer {
  /** The engine's id. */
  readonly id: string;
  readonly service: string;
  /** Of the release that it was made for, where it was made for one. */
  readonly version?: string;
}

/**
 * Where a release runs. `roll` is pure; `perform` may be called again for a step that was cut off, and then finishes
 * it without doing it twice; `settled` tells from the world alone whether a step's effect stands.
 */
export interface Target {
  readonly kind: TargetKind;
  /** The service names, in the order in which they are rolled. */
  readonly services: readonly string[];
  /** The same services, and what is declared of each. */
  readonly declared: readonly DeclaredService[];
  /** The revision that a version names here. Throws `not-found` when there is none. */
  resolve(version: string): Promise<Revision>;
  /** Throws `not-found`, before anything has changed, when this revision can no longer be started. */
  assertAvailable(revision: Revision): Promise<void>;
  inspect(signal?: AbortSignal): Promise<World>;
  /**
   * Steps from this world to every service running `to` alone, never with fewer ready replicas than declared. While
   * replicas of another revision serve, each step that goes beyond the first of `to` says so.
   */
  roll(world: World, to: Revision): readonly TargetStep[];
  /** Steps from this world to no replica at all: nothing of the system writes any more. The edge answers meanwhile. */
  halt(world: World): readonly TargetStep[];
  /** Where replicas are processes: one launch a service, in the order in which they are rolled. */
  launches?(revision: Revision): readonly Launch[];
  /** Where they are containers: the same. Throws `not-found` when this revision can no longer be started. */
  standIns?(revision: Revision): Promise<readonly StandIn[]>;
  /** What a version is made of, where that is images. Throws `not-found` as `resolve` does. */
  images?(version: string): Promise<readonly ReleaseImage[]>;
  /** Where they are containers: all that stand for the deployment, running or not. */
  containers?(signal?: AbortSignal): Promise<readonly DeployedContainer[]>;
  /**
   * Where the target can: the same command, in a container of its own made from a service of this revision. With
   * `apart` it reaches nothing that the service reaches.
   */
  oneOff?(revision: Revision, service: string, command: Command, apart?: Apart): Promise<Command>;
  /** Old and new never run beside each other here: what changes the database belongs between `halt` and `roll`. */
  readonly recreates?: boolean;
  settled(step: TargetStep, world: World): boolean;
  /** Throws when the step cannot reach its end; `details` of the error carry the last lines of what died. */
  perform(step: TargetStep, authority: Authority): Promise<StepOutcome>;
  /** Last log lines of a replica, redacted. */
  logs(replica: ReplicaId, lines: number): Promise<readonly string[]>;
}

import type { Json } from '../kernel/canonical.ts';
import type { Digest, ReplicaId, StepName } from '../kernel/ids.ts';

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

/** How one replica of a service is started by hand, for trying a revision elsewhere. */
export interface Launch {
  readonly service: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Its whole environment but `PORT`, `HOST` and `INSTANCE`. Holds secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Path that answers 2xx once it is ready. */
  readonly ready?: string;
  /** Milliseconds until it has to be. */
  readonly startWithin: number;
  readonly routed: boolean;
}

/**
 * Where a release runs. `roll` is pure; `perform` may be called again for a step that was cut off, and then finishes
 * it without doing it twice; `settled` tells from the world alone whether a step's effect stands.
 */
export interface Target {
  readonly kind: TargetKind;
  /** The service names, in the order in which they are rolled. */
  readonly services: readonly string[];
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
  /** One launch a service, in the order in which they are rolled; undefined where revisions cannot be tried elsewhere. */
  launches?(revision: Revision): readonly Launch[];
  settled(step: TargetStep, world: World): boolean;
  /** Throws when the step cannot reach its end; `details` of the error carry the last lines of what died. */
  perform(step: TargetStep, authority: Authority): Promise<StepOutcome>;
  /** Last log lines of a replica, redacted. */
  logs(replica: ReplicaId, lines: number): Promise<readonly string[]>;
}

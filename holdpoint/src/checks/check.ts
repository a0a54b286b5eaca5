import type { Clock } from '../kernel/clock.ts';
import type { CheckId, ReplicaId } from '../kernel/ids.ts';
import type { Evidence } from '../kernel/verdict.ts';
import type { Exec } from '../system/exec/command.ts';
import type { Http } from '../system/http.ts';
import type { TargetKind, World } from '../targets/target.ts';

/** One service as checks see it, whatever the target. */
export interface SubjectService {
  readonly name: string;
  readonly replicas: number;
  /** Environment as declared, before the host's variables are filled in. */
  readonly environment: Readonly<Record<string, string>>;
  readonly paths: {
    readonly health?: string;
    readonly ready?: string;
    readonly metrics?: string;
    readonly version?: string;
  };
  readonly limits?: { readonly cpu?: string; readonly memory?: string };
}

/** What is being released, and where: everything that a check may look at, and nothing that it may change. */
export interface Subject {
  readonly name: string;
  readonly version: string;
  readonly environment: string;
  readonly target: TargetKind;
  /** Absolute folder of the specification; relative paths in it start here. */
  readonly folder: string;
  readonly services: readonly SubjectService[];
  readonly world: World;
  /** Public address of the system, such as `https://app.example.com`. */
  readonly url?: string;
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** Variables available to the specification. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Last log lines of a replica, where the target can hand them over. */
  readonly logs?: (replica: ReplicaId, lines: number) => Promise<readonly string[]>;
  /** Settings of one check, from `checks.<id>` of the specification overlaid by the item's own comment. */
  readonly settings: (check: CheckId) => Readonly<Record<string, unknown>>;
}

export interface Probe {
  readonly clock: Clock;
  readonly exec: Exec;
  readonly http: Http;
  readonly signal: AbortSignal;
}

export interface Check {
  readonly id: CheckId;
  /** Milliseconds after which the probe counts as broken. */
  readonly timeLimit: number;
  /** Looks, and changes nothing. What it throws is the probe's fault and becomes `error`. */
  readonly run: (subject: Subject, probe: Probe) => Promise<Evidence>;
}

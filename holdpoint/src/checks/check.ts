import type { Clock } from '../kernel/clock.ts';
import type { CheckId, ReplicaId } from '../kernel/ids.ts';
import type { Evidence } from '../kernel/verdict.ts';
import type { MigrationStatus } from '../migrate/migrations.ts';
import type { Exec } from '../system/exec/command.ts';
import type { Http } from '../system/http.ts';
import type {
  DeclaredService,
  DeployedContainer,
  ReleaseImage,
  TargetKind,
  World,
} from '../targets/target.ts';

/** What is being released, and where: everything that a check may look at, and nothing that it may change. */
export interface Subject {
  readonly name: string;
  readonly version: string;
  readonly environment: string;
  readonly target: TargetKind;
  /** Absolute folder of the specification; relative paths in it start here. */
  readonly folder: string;
  readonly services: readonly DeclaredService[];
  readonly world: World;
  /** What the version is made of, where the target runs images. Throws `not-found`. */
  readonly images?: () => Promise<readonly ReleaseImage[]>;
  /** What stands for the deployment, of every service, where that is containers. */
  readonly containers?: (signal?: AbortSignal) => Promise<readonly DeployedContainer[]>;
  /** Public address of the system, such as `https://app.example.com`. */
  readonly url?: string;
  readonly databaseUrl?: string;
  readonly redisUrl?: string;
  /** What the database has of the release's migrations, where more than a command of this machine is needed to ask. */
  readonly migrations?: (signal: AbortSignal) => Promise<MigrationStatus>;
  /** What lies in the declared vault, in no order; undefined where none is declared. */
  readonly vault?: (signal: AbortSignal) => Promise<readonly VaultBackup[]>;
  /** Variables available to the specification. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Last log lines of a replica, where the target can hand them over. */
  readonly logs?: (replica: ReplicaId, lines: number) => Promise<readonly string[]>;
  /** Settings of one check, from `checks.<id>` of the specification overlaid by the item's own comment. */
  readonly settings: (check: CheckId) => Readonly<Record<string, unknown>>;
}

/** A backup that was taken by hand or by a schedule. Times are milliseconds since the epoch. */
export interface VaultBackup {
  readonly name: string;
  readonly createdAt: number;
  /** Whether the database is in it. */
  readonly database: boolean;
  /** Present when a restored copy of it has passed. */
  readonly proof?: { readonly at: number; readonly restoredInMs?: number | undefined };
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

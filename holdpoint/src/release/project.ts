import type { DatabaseBackup } from '../backup/backup.ts';
import type { Backups } from '../backup/set/backups.ts';
import type { Checklist } from '../checklist/model.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Variables } from '../kernel/variables.ts';
import type { Notifier } from '../notify/notifier.ts';
import type { Rehearser } from '../rehearsal/rehearsal.ts';
import type { Journey } from '../smoke/journey.ts';
import type { Exec } from '../system/exec/command.ts';
import type { Http } from '../system/http.ts';
import type { ServerControl } from '../system/postgres/control.ts';
import type { Target } from '../targets/target.ts';
import type { CarryStore } from '../watch/carry.ts';
import type { LeaseTimes } from './lease/acquire.ts';
import type { LeaseStore, RunLog } from './log/log.ts';
import type { Specification } from './specification/schema.ts';

/** One system and its environment, with everything that a release of it needs, put together and not yet used. */
export interface Project {
  readonly specification: Specification;
  readonly specificationFile: string;
  readonly specificationDigest: string;
  /** Absolute; relative paths of the specification start here. */
  readonly folder: string;
  /** Absolute folder of this environment's log, records and reports. */
  readonly state: string;
  readonly variables: Variables;
  readonly checklist: { readonly file: string; readonly text: string; readonly parsed: Checklist };
  readonly journeys: readonly Journey[];
  readonly log: RunLog;
  readonly leases: LeaseStore;
  /** Where the watch of a run keeps what its next look compares with. */
  readonly carries: (run: string) => CarryStore;
  /** `LEASE_TIMES` when left out. */
  readonly leaseTimes?: LeaseTimes;
  readonly target: Target;
  /** The server of `database:`; undefined without one, or where it is reached as declared. */
  readonly database?: ServerControl;
  /** Address that leads from this machine to the declared Redis; left out without one. Throws `unreachable`. */
  readonly redisUrl?: (signal?: AbortSignal) => Promise<string>;
  readonly backup: DatabaseBackup | undefined;
  /** Backups of everything that the system holds; left out where the specification declares none. */
  readonly sets?: Backups;
  /** Undefined where nothing can be rehearsed: without a database, its migrations, or by the specification's wish. */
  readonly rehearser: Rehearser | undefined;
  readonly notifiers: readonly Notifier[];
  readonly clock: Clock;
  readonly exec: Exec;
  readonly http: Http;
  /** A new text at each call. */
  readonly unique: () => string;
  /** Version and, where it is bundled, digest of Holdpoint's own code: `0.1.0+1f0c8a52d3e4`. */
  readonly product: string;
  close(): Promise<void>;
}

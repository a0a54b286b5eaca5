import type { Clock } from '../kernel/clock.ts';
import type { Variables } from '../kernel/variables.ts';
import type { Exec } from '../system/exec/command.ts';
import type { Witness } from '../system/exec/told.ts';
import type { Http } from '../system/http.ts';

/** What every kind of target is made from, beside its own settings. */
export interface TargetContext {
  /** Absolute folder of the specification; relative paths in it start here. */
  readonly folder: string;
  /** Absolute folder for records, logs and the fence; two targets never share one. */
  readonly state: string;
  /** What `${NAME}` in the specification stands for, and PATH for finding programs. */
  readonly variables: Variables;
  readonly exec: Exec;
  /** Sees what is asked of an engine without a command. */
  readonly witness?: Witness;
  readonly http: Http;
  /** Real time: it limits waiting for real processes, so it must not be scaled. */
  readonly clock: Clock;
}

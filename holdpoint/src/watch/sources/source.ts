import type { ReplicaId } from '../../kernel/ids.ts';
import type { Replica } from '../../targets/target.ts';
import type { Totals } from '../block.ts';

/** What one replica told at one moment. */
export interface Sample {
  readonly replica: ReplicaId;
  /** When it answered, by our clock. */
  readonly at: number;
  readonly answer: Answer | NoAnswer;
}

export interface Answer {
  readonly kind: 'answer';
  readonly totals: Totals;
  /** Start of the process in seconds since the epoch, by its own clock; tells a restart from a quirk. */
  readonly processStart: number | null;
  /** Memory in use as a share of the service's limit; null where there is no limit or no series. */
  readonly memory: number | null;
  /** What was passed over, and why. */
  readonly notes: readonly string[];
}

export interface NoAnswer {
  readonly kind: 'no answer';
  readonly reason: string;
}

/** Where the numbers come from. A replica that cannot be read is a sample too: only the signal makes `look` throw. */
export interface Source {
  look(replicas: readonly Replica[], signal?: AbortSignal): Promise<readonly Sample[]>;
}

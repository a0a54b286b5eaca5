import type { ReplicaId } from '../../kernel/ids.ts';
import type { Replica } from '../../targets/target.ts';
import type { History } from '../history.ts';

/** What a replica tells about one objective. Totals count since its process started, and only differences mean anything. */
export type Reading =
  | {
      readonly kind: 'counted';
      readonly trials: number;
      /** Surely bad, such as slower than the smallest bucket edge at or above the limit. */
      readonly events: number;
      /** Not surely good, such as slower than the largest bucket edge at or below the limit. */
      readonly eventsForGood: number;
      /** Slower than each of the durations that were asked for, in their order. */
      readonly tails: readonly number[];
    }
  /** A total whose growth a second is the level: processor seconds, divided by the cores that it may use. */
  | { readonly kind: 'slope'; readonly total: number }
  | { readonly kind: 'level'; readonly level: number }
  /** Milliseconds since the epoch. */
  | { readonly kind: 'instant'; readonly at: number };

export interface Answer {
  readonly kind: 'answer';
  /** By objective; what could not be read is left out, and a note says why. */
  readonly readings: Readonly<Record<string, Reading>>;
  /** Start of the process in seconds since the epoch, by its own clock; tells a restart from a quirk. */
  readonly processStart: number | null;
  /** What was passed over, and why. */
  readonly notes: readonly string[];
}

export interface NoAnswer {
  readonly kind: 'no answer';
  readonly reason: string;
}

/** What one replica told at one moment. */
export interface Sample {
  readonly replica: ReplicaId;
  /** When it was measured; by our clock, or by that of the server that keeps the numbers. */
  readonly at: number;
  readonly answer: Answer | NoAnswer;
}

/** Milliseconds at which the slow end of each latency objective is cut, by objective; chosen before the watch begins. */
export type Tails = Readonly<Record<string, readonly number[]>>;

/**
 * Where the numbers come from. A replica that cannot be read is a sample too: `look` throws the signal's reason, and
 * what keeps it from reading any of them at all.
 */
export interface Source {
  look(replicas: readonly Replica[], tails: Tails, signal?: AbortSignal): Promise<readonly Sample[]>;
  /**
   * One or two durations near the 95th to 99th percentile of these replicas, at which their requests can be cut, for
   * each latency objective; nothing for one that cannot tell.
   */
  tails(replicas: readonly Replica[], signal?: AbortSignal): Promise<Tails>;
  /** What the time before is remembered to have been like; only for sources that remember. Instants in milliseconds. */
  history?(
    replicas: readonly Replica[],
    span: { readonly from: number; readonly to: number; readonly interval: number },
    signal?: AbortSignal,
  ): Promise<History>;
}

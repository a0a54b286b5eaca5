import type { EventQueue } from './event-queue.ts';

export interface StreamRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds until the stream must stand. */
  readonly within: number;
  readonly signal: AbortSignal;
}

/** A stream that stands. Whoever opened it closes it. */
export interface OpenStream {
  readonly events: EventQueue;
  /** Absent where the other side only speaks. */
  readonly send?: (text: string) => void;
  close(): Promise<void>;
}

/** The stream, or why the system refused it; what nobody answered throws `unreachable` or `timeout`. */
export type Opened =
  | { readonly stream: OpenStream }
  | { readonly expected: string; readonly measured: string };

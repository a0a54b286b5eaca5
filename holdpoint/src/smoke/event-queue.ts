import type { Json } from '../kernel/canonical.ts';
import type { Clock } from '../kernel/clock.ts';

export interface StreamEvent {
  /** The event's name; `message` for WebSockets. */
  readonly type: string;
  /** JSON if the data is JSON, else its text. */
  readonly data: Json;
}

export type Taken =
  | { readonly event: StreamEvent }
  /** Nothing fitting came: the others that did, and why the stream ended if it did. */
  | { readonly seen: readonly StreamEvent[]; readonly ended?: string };

/** Far more than a journey awaits; beyond it the oldest go, so that a busy stream cannot fill the memory. */
const KEPT = 10_000;

/** Events as they came since the stream was opened, so that none between an act and its expectation is missed. */
export class EventQueue {
  #events: StreamEvent[] = [];
  #ended: string | undefined;
  #changed = Promise.withResolvers<void>();

  push(event: StreamEvent): void {
    this.#events.push(event);
    if (this.#events.length > KEPT) this.#events.shift();
    this.#notify();
  }

  end(reason: string): void {
    this.#ended ??= reason;
    this.#notify();
  }

  get ended(): string | undefined {
    return this.#ended;
  }

  /** Takes the first fitting event out, waiting up to `within` milliseconds for it. */
  async take(
    fits: (event: StreamEvent) => boolean,
    within: number,
    clock: Clock,
    signal: AbortSignal,
  ): Promise<Taken> {
    const settled = new AbortController();
    const late = clock.wait(within, AbortSignal.any([signal, settled.signal])).then(() => 'late' as const);
    late.catch(() => undefined);
    try {
      for (;;) {
        signal.throwIfAborted();
        const changed = this.#changed.promise.then(() => 'changed' as const);
        const index = this.#events.findIndex(fits);
        const [event] = index < 0 ? [] : this.#events.splice(index, 1);
        if (event !== undefined) return { event };
        if (this.#ended !== undefined) return { seen: [...this.#events], ended: this.#ended };
        if ((await Promise.race([changed, late])) === 'late') return { seen: [...this.#events] };
      }
    } finally {
      settled.abort();
    }
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

export function eventOf(type: string, text: string): StreamEvent {
  try {
    return { type, data: JSON.parse(text) as Json };
  } catch {
    return { type, data: text };
  }
}

import type { Message } from './message.ts';

export interface Notified {
  /** Which notifier, without secrets. */
  readonly notifier: string;
  /** `error` when it could not be told: a notifier that is down is never the release's fault. */
  readonly verdict: 'pass' | 'error';
  readonly summary: string;
  /** Whether the message was there already, and was not told again. */
  readonly repeated: boolean;
}

/** Tells people. Telling the same message again, as a resumed run does, tells them once. */
export interface Notifier {
  readonly name: string;
  /** Rejects with the signal's reason when cancelled, and for nothing else. */
  notify(message: Message, signal: AbortSignal): Promise<Notified>;
}

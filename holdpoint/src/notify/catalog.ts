import { resolve } from 'node:path';
import type { Clock } from '../kernel/clock.ts';
import type { Http } from '../system/http.ts';
import { fileNotifier } from './file.ts';
import type { Message } from './message.ts';
import type { Notified, Notifier } from './notifier.ts';
import type { NotifySettings } from './settings.ts';
import { webhookNotifier } from './webhook.ts';

export interface NotifyParts {
  /** Absolute folder of the specification, where relative paths start. */
  readonly folder: string;
  readonly http: Http;
  readonly clock: Clock;
}

/** The notifiers that the specification names, in its order. */
export function createNotifiers(settings: NotifySettings, parts: NotifyParts): readonly Notifier[] {
  return settings.map((one) => create(one, parts));
}

function create(one: NotifySettings[number], { folder, http, clock }: NotifyParts): Notifier {
  switch (one.kind) {
    case 'file':
      return fileNotifier(resolve(folder, one.path));
    case 'webhook':
      return webhookNotifier(one, http, clock);
  }
}

/** Tells all at once; each result stands for itself. Rejects only when cancelled. */
export async function notifyAll(
  notifiers: readonly Notifier[],
  message: Message,
  signal: AbortSignal,
): Promise<readonly Notified[]> {
  return await Promise.all(notifiers.map((notifier) => notifier.notify(message, signal)));
}

import { createHmac } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { explain } from '../kernel/errors.ts';
import { redact } from '../kernel/redaction.ts';
import type { Http } from '../system/http.ts';
import type { Message } from './message.ts';
import type { Notified, Notifier } from './notifier.ts';

export interface Webhook {
  readonly url: string;
  readonly secret?: string | undefined;
}

const SIGNATURE_HEADER = 'holdpoint-signature';

const ANSWER_LIMIT = 10_000;
/** Milliseconds before each further attempt. */
const BACKOFF: readonly number[] = [1_000, 4_000, 16_000];

/** `sha256=` and the HMAC-SHA256 of the body in lower-case hexadecimal (RFC 2104). */
function signatureOf(body: string, secret: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/**
 * Posts each message as JSON, signed where there is a secret, with an `Idempotency-Key` by which the receiver drops
 * what it was told before. Tries again where that may help: no answer, a late one, 429 or 5xx.
 */
export function webhookNotifier({ url, secret }: Webhook, http: Http, clock: Clock): Notifier {
  // The path of a webhook is often its password.
  const name = `webhook ${new URL(url).origin}`;
  const literals = [url, ...(secret === undefined ? [] : [secret])];
  return {
    name,
    notify: async (message, signal): Promise<Notified> => {
      for (let attempt = 1; ; attempt += 1) {
        signal.throwIfAborted();
        const told = await post({ url, secret }, message, http, signal);
        const tries = attempt === 1 ? '' : ` at attempt ${attempt}`;
        if ('status' in told && told.status >= 200 && told.status < 300) {
          return {
            notifier: name,
            verdict: 'pass',
            summary: `answered ${told.status}${tries}`,
            repeated: false,
          };
        }
        const pause = BACKOFF[attempt - 1];
        const hopeless = 'status' in told && told.status < 500 && told.status !== 429;
        if (pause === undefined || hopeless) {
          const why = redact('status' in told ? `answered ${told.status}` : told.silence, literals);
          return { notifier: name, verdict: 'error', summary: `not told: ${why}${tries}`, repeated: false };
        }
        await clock.wait(pause, signal);
      }
    },
  };
}

async function post(
  { url, secret }: Webhook,
  message: Message,
  http: Http,
  signal: AbortSignal,
): Promise<{ readonly status: number } | { readonly silence: string }> {
  const body = JSON.stringify(message);
  try {
    return await http({
      url,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': message.key,
        ...(secret === undefined ? {} : { [SIGNATURE_HEADER]: signatureOf(body, secret) }),
      },
      body,
      timeout: ANSWER_LIMIT,
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    return { silence: explain(error) };
  }
}

import { HoldpointError } from '../kernel/errors.ts';
import { formatBytes } from '../kernel/quantities.ts';
import { redact } from '../kernel/redaction.ts';

export interface HttpRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | FormData;
  /** Milliseconds for the whole exchange. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
  /** Follow redirects; off unless asked for, since a check wants to see them. */
  readonly follow?: boolean;
  /** Bytes of the answer; a longer one is broken off and refused, since a part of it could be taken for the whole. */
  readonly largest?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; repeated headers joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly milliseconds: number;
}

/**
 * One exchange. Every status is a result; no answer, or a longer one than allowed, throws `unreachable`, a late one
 * `timeout`, and what is no address of the web `configuration`.
 */
export type Http = (request: HttpRequest) => Promise<HttpResponse>;

export const http: Http = async (request) => {
  const where = `${request.method ?? 'GET'} ${originOf(request.url)}`;
  const limit = AbortSignal.timeout(request.timeout);
  const signal = request.signal === undefined ? limit : AbortSignal.any([request.signal, limit]);
  const started = performance.now();
  try {
    const response = await fetch(request.url, {
      method: request.method ?? 'GET',
      redirect: request.follow === true ? 'follow' : 'manual',
      signal,
      ...(request.headers === undefined ? {} : { headers: request.headers }),
      ...(request.body === undefined ? {} : { body: request.body as NonNullable<RequestInit['body']> }),
    });
    const body = await bodyOf(response, request.largest);
    const headers = Object.fromEntries(response.headers.entries());
    return { status: response.status, headers, body, milliseconds: performance.now() - started };
  } catch (error) {
    request.signal?.throwIfAborted();
    if (limit.aborted) {
      throw new HoldpointError('timeout', `${where} gave no answer within ${request.timeout} ms`, {
        cause: error,
      });
    }
    throw new HoldpointError('unreachable', `${where} cannot be reached`, { cause: error });
  }
};

async function bodyOf(response: Response, largest: number | undefined): Promise<string> {
  if (largest === undefined || response.body === null) return await response.text();
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > largest) throw new Error(`the answer is longer than ${formatBytes(largest)}`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Only the origin is ever told: the rest of an address may carry secrets. */
function originOf(address: string): string {
  const url = URL.parse(address);
  if (url !== null && /^https?:$/.test(url.protocol)) {
    if (url.username === '' && url.password === '') return url.origin;
    // `fetch` refuses these too, in words that repeat the password.
    throw new HoldpointError('configuration', `the address of ${url.origin} carries a password`, {
      next: 'Give it in a header instead.',
    });
  }
  throw new HoldpointError('configuration', `'${redact(address)}' is no http or https address`, {
    next: "Write it whole, such as 'https://app.example.com/health'.",
  });
}

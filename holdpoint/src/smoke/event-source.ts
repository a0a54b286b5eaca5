import { createParser } from 'eventsource-parser';
import { HoldpointError } from '../kernel/errors.ts';
import { EventQueue, eventOf } from './event-queue.ts';
import type { Opened, StreamRequest } from './stream.ts';

/** Opens server-sent events. Does not reconnect: a stream that breaks is what a journey wants to know. */
export async function openEventSource(request: StreamRequest): Promise<Opened> {
  const closing = new AbortController();
  const limit = AbortSignal.timeout(request.within);
  const opening = new AbortController();
  const giveUp = (): void => opening.abort();
  for (const signal of [limit, request.signal]) signal.addEventListener('abort', giveUp, { once: true });
  try {
    const response = await fetch(request.url, {
      headers: { accept: 'text/event-stream', ...request.headers },
      signal: AbortSignal.any([closing.signal, opening.signal]),
    });
    const type = response.headers.get('content-type') ?? 'no content type';
    if (response.status !== 200 || !type.startsWith('text/event-stream') || response.body === null) {
      closing.abort();
      return { expected: '200 text/event-stream', measured: `${response.status} ${type}` };
    }
    const events = new EventQueue();
    const pumping = pump(response.body, events);
    const close = async (): Promise<void> => {
      closing.abort();
      await pumping;
    };
    return { stream: { events, close } };
  } catch (error) {
    request.signal.throwIfAborted();
    const { origin } = new URL(request.url);
    throw limit.aborted
      ? new HoldpointError('timeout', `${origin} opened no event stream within ${request.within} ms`, {
          cause: error,
        })
      : new HoldpointError('unreachable', `${origin} cannot be reached`, { cause: error });
  } finally {
    // The limit is for opening alone: from here on only closing may cut the stream.
    for (const signal of [limit, request.signal]) signal.removeEventListener('abort', giveUp);
  }
}

async function pump(body: AsyncIterable<Uint8Array>, events: EventQueue): Promise<void> {
  const parser = createParser({
    onEvent: ({ event, data }) => events.push(eventOf(event ?? 'message', data)),
  });
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }));
    events.end('the server ended the stream');
  } catch {
    events.end('the connection broke');
  }
}

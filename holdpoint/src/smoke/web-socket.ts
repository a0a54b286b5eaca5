import { HoldpointError } from '../kernel/errors.ts';
import { EventQueue, eventOf } from './event-queue.ts';
import type { Opened, StreamRequest } from './stream.ts';

/** Opens a WebSocket at an http(s) address. */
export async function openWebSocket(request: StreamRequest): Promise<Opened> {
  const url = request.url.replace(/^http/, 'ws');
  const socket = new WebSocket(url, { headers: { ...request.headers } });
  socket.binaryType = 'arraybuffer';
  const events = new EventQueue();
  const closed = new Promise<void>((resolve) =>
    socket.addEventListener('close', () => resolve(), { once: true }),
  );
  socket.addEventListener('message', ({ data }) => {
    events.push(eventOf('message', typeof data === 'string' ? data : new TextDecoder().decode(data)));
  });
  socket.addEventListener('close', ({ code, reason }) => {
    events.end(`the server closed the stream with ${code}${reason === '' ? '' : ` '${reason}'`}`);
  });
  if (!(await stands(socket, request))) {
    // The platform tells no reason, neither a status nor a socket's error.
    return { expected: 'a WebSocket', measured: 'its handshake failed' };
  }
  return {
    stream: {
      events,
      send: (text) => socket.send(text),
      close: async () => {
        socket.close(1000);
        // A server that never answers the closing handshake must not hold the journey.
        await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 500).unref())]);
      },
    },
  };
}

/** Whether the handshake succeeds; late or cancelled, it throws. */
async function stands(socket: WebSocket, request: StreamRequest): Promise<boolean> {
  const limit = AbortSignal.timeout(request.within);
  const either = AbortSignal.any([limit, request.signal]);
  const outcome = Promise.withResolvers<boolean>();
  const giveUp = (): void => {
    socket.close();
    const { origin } = new URL(request.url);
    outcome.reject(
      request.signal.aborted
        ? request.signal.reason
        : new HoldpointError('timeout', `${origin} opened no WebSocket within ${request.within} ms`),
    );
  };
  either.addEventListener('abort', giveUp, { once: true });
  socket.addEventListener('open', () => outcome.resolve(true), { once: true });
  socket.addEventListener('error', () => outcome.resolve(false), { once: true });
  if (either.aborted) giveUp();
  try {
    return await outcome.promise;
  } finally {
    either.removeEventListener('abort', giveUp);
  }
}

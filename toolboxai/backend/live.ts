import { PassThrough } from 'node:stream';
import websocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import { Gauge } from 'prom-client';
import { parseLastEventId, toStreamMessage } from '../outbox/event.ts';
import type { Subscription } from '../outbox/hub.ts';
import type { Service } from '../service/service.ts';
import { userOf } from './authentication.ts';
import type { Context } from './context.ts';

const BEAT_MS = 15_000;
const RETRY_MS = 300;
/** A client this far behind is cut off; it comes back with its last id and reads on from the database. */
const BEHIND_BYTES = 1_000_000;
const GOING_AWAY = 1001;
const TRY_AGAIN_LATER = 1013;

interface LiveQuery {
  readonly lastEventId?: string;
}

/** GET /events (server-sent events) and GET /live (WebSocket); both take up after a given last event id. */
export async function liveRoutes(app: FastifyInstance, { hub }: Context, service: Service): Promise<void> {
  const open = new Set<() => void>();
  const gauge = new Gauge({
    name: 'event_stream_connections',
    help: 'Open event streams by transport',
    labelNames: ['transport'],
    registers: [service.metrics.registry],
  });
  gauge.set({ transport: 'sse' }, 0);
  gauge.set({ transport: 'websocket' }, 0);
  service.drain.onDrain(() => {
    for (const end of open) end();
  });
  await app.register(websocket);

  function track(
    transport: string,
    end: () => void,
    beat: () => void,
  ): (subscription?: Subscription) => void {
    open.add(end);
    gauge.inc({ transport });
    const timer = setInterval(beat, BEAT_MS);
    return (subscription) => {
      subscription?.close();
      if (!open.delete(end)) return;
      gauge.dec({ transport });
      clearInterval(timer);
    };
  }

  app.get<{ Querystring: LiveQuery }>('/events', async (request, reply) => {
    const header = request.headers['last-event-id'];
    const last = parseLastEventId(typeof header === 'string' ? header : request.query.lastEventId);
    const stream = new PassThrough();
    const end = (): void => void stream.end(`retry: ${RETRY_MS}\n: draining\n\n`);
    const untrack = track('sse', end, () => stream.write(': beat\n\n'));
    reply.header('content-type', 'text/event-stream').header('cache-control', 'no-store');
    reply.header('x-accel-buffering', 'no');
    let closed = false;
    let subscription: Subscription | undefined;
    stream.once('close', () => {
      closed = true;
      untrack(subscription);
    });
    hub
      .subscribe(
        userOf(request).id,
        last,
        (after) =>
          stream.write(
            `retry: ${RETRY_MS}\n${toStreamMessage({ id: after, kind: 'hello', payload: { after } })}`,
          ),
        (event) => {
          if (stream.writableLength > BEHIND_BYTES) stream.destroy();
          if (stream.writable) stream.write(toStreamMessage(event));
        },
      )
      .then(
        (made) => {
          subscription = made;
          if (closed) made.close();
          if (service.drain.draining && stream.writable) end();
        },
        () => stream.end(),
      );
    return reply.send(stream);
  });

  app.get<{ Querystring: LiveQuery }>('/live', { websocket: true }, (socket, request) => {
    const send = (id: number, event: string, data: unknown): void => {
      if (socket.bufferedAmount > BEHIND_BYTES) socket.close(TRY_AGAIN_LATER, 'too far behind');
      else socket.send(JSON.stringify({ id, event, data }));
    };
    const end = (): void => socket.close(GOING_AWAY, 'draining');
    const untrack = track('websocket', end, () => socket.ping());
    let closed = false;
    let subscription: Subscription | undefined;
    socket.on('error', () => socket.terminate());
    socket.once('close', () => {
      closed = true;
      untrack(subscription);
    });
    hub
      .subscribe(
        userOf(request).id,
        parseLastEventId(request.query.lastEventId),
        (after) => send(after, 'hello', { after }),
        (event) => send(event.id, event.kind, event.payload),
      )
      .then(
        (made) => {
          subscription = made;
          if (closed) made.close();
          if (service.drain.draining) end();
        },
        () => socket.close(TRY_AGAIN_LATER),
      );
  });
}

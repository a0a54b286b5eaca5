import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { endToEnd, toUpstream } from './headers.ts';
import { recordBody } from './recorded-body.ts';
import type { RoutingTable, Upstream } from './routing-table.ts';

export interface ProxySettings {
  readonly https: boolean;
  readonly trustForwarded: boolean;
  readonly connectMs: number;
  /** From the request to the first byte of the answer. */
  readonly answerMs: number;
  /** Event streams going on, for whoever must end them. */
  readonly openStreams: Set<ServerResponse>;
}

/** The client went before it had its answer. */
export const CLIENT_GONE = 'client gone';

/** How a request ended, for the log and the metrics. */
export interface Outcome {
  readonly upstream: string | null;
  readonly attempts: number;
  readonly stream: boolean;
  readonly error: string | null;
}

const AVOID_REFUSED_MS = 1_000;
const AVOID_LEAVING_MS = 2_000;
const MOST_ATTEMPTS = 5;
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

function answer(response: ServerResponse, status: number, error: string): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(status === 503 ? { 'retry-after': '1' } : {}),
  });
  response.end(JSON.stringify({ error }));
}

/**
 * Sends one request to an upstream of `service` and streams the answer back; settles when both have ended.
 *
 * Another upstream is tried when nothing of the answer has come and sending again is safe: always while no
 * connection stood, and for idempotent methods with a short body when a kept connection turned out dead.
 */
export function proxyRequest(
  request: IncomingMessage,
  response: ServerResponse,
  service: string,
  id: string,
  table: RoutingTable,
  settings: ProxySettings,
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const tried = new Set<string>();
  const body = recordBody(request);
  const method = request.method ?? 'GET';
  let attempts = 0;

  function fail(status: number, error: string, upstream: string | null): void {
    request.resume();
    if (!response.destroyed) answer(response, status, error);
    resolve({ upstream, attempts, stream: false, error });
  }

  function attempt(): void {
    const upstream = attempts < MOST_ATTEMPTS ? table.choose(service, tried) : null;
    if (upstream) {
      attempts += 1;
      send(upstream);
    } else fail(503, attempts > 0 ? 'no upstream answers' : 'no upstream', null);
  }

  function send(upstream: Upstream): void {
    let connected = false;
    let answered = false;
    let counted: 'inflight' | 'streams' = 'inflight';
    upstream.inflight += 1;
    const outgoing = http.request({
      host: upstream.host,
      port: upstream.port,
      method,
      path: request.url ?? '/',
      headers: toUpstream(request, id, settings.https, settings.trustForwarded),
      agent: upstream.agent,
    });
    const connecting = setTimeout(() => outgoing.destroy(new Error('connect timeout')), settings.connectMs);
    const answering = setTimeout(() => outgoing.destroy(new Error('answer timeout')), settings.answerMs);
    const clientGone = (): void => void outgoing.destroy(new Error('client gone'));
    response.once('close', clientGone);

    function startBody(): void {
      connected = true;
      clearTimeout(connecting);
      body.sendTo(outgoing);
    }

    function release(): void {
      clearTimeout(connecting);
      clearTimeout(answering);
      response.off('close', clientGone);
      upstream[counted] -= 1;
      table.settled(upstream);
    }

    outgoing.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', startBody);
      else startBody();
    });

    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      request.unpipe(outgoing);
      if (answered) return;
      answered = true;
      release();
      const reason = error.code ?? error.message;
      if (response.destroyed) return fail(499, CLIENT_GONE, upstream.address);
      if (!connected) {
        tried.add(upstream.address);
        table.avoid(upstream, AVOID_REFUSED_MS);
        return attempt();
      }
      const keptSocketDied = outgoing.reusedSocket && error.code !== undefined;
      if (keptSocketDied && IDEMPOTENT.has(method) && body.replayable) return attempt();
      fail(error.message === 'answer timeout' ? 504 : 502, reason, upstream.address);
    });

    outgoing.once('response', (incoming) => {
      answered = true;
      clearTimeout(answering);
      if (incoming.headers.connection === 'close') table.avoid(upstream, AVOID_LEAVING_MS);
      const stream = (incoming.headers['content-type'] ?? '').startsWith('text/event-stream');
      response.writeHead(incoming.statusCode ?? 502, { ...endToEnd(incoming.headers), 'x-request-id': id });
      if (stream) {
        upstream.inflight -= 1;
        upstream.streams += 1;
        counted = 'streams';
        response.flushHeaders();
        settings.openStreams.add(response);
        response.once('close', () => settings.openStreams.delete(response));
      }
      incoming.pipe(response);
      incoming.once('error', () => response.destroy());
      incoming.once('close', () => {
        release();
        // Whoever closed first: a reader who leaves a stream is no loss, an upstream that breaks off is.
        const cut = response.destroyed ? CLIENT_GONE : 'answer broke off';
        const error = incoming.complete ? null : cut;
        if (error) response.destroy();
        const settle = (): void => resolve({ upstream: upstream.address, attempts, stream, error });
        if (response.closed) settle();
        else response.once('close', settle);
      });
    });
  }

  attempt();
  return promise;
}

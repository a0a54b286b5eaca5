import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Counter, Gauge } from 'prom-client';
import { VERSION } from '../service/build-constants.ts';
import { drainOnSignal } from '../service/drain.ts';
import { createLog, pathOf } from '../service/log.ts';
import { createMetrics } from '../service/metrics.ts';
import { run } from '../service/run.ts';
import { readServiceSettings } from '../service/settings.ts';
import { readNumber, readSwitch, readText } from '../settings/environment.ts';
import { requestIdOf } from './headers.ts';
import { CLIENT_GONE, type Outcome, type ProxySettings, proxyRequest } from './proxy.ts';
import { routeOf } from './route.ts';
import { createRoutingTable } from './routing-table.ts';
import { answerOwn } from './status.ts';
import { proxyUpgrade } from './upgrade.ts';
import { watchUpstreams } from './watch-upstreams.ts';

run('edge', async () => {
  const settings = readServiceSettings(process.env, 8080);
  const path = readText(process.env, 'UPSTREAMS_FILE');
  const proxySettings: ProxySettings = {
    https: readSwitch(process.env, 'HTTPS'),
    trustForwarded: readSwitch(process.env, 'TRUST_FORWARDED'),
    connectMs: readNumber(process.env, 'CONNECT_TIMEOUT_MS', { fallback: 2_000, min: 50, max: 60_000 }),
    answerMs: readNumber(process.env, 'ANSWER_TIMEOUT_MS', { fallback: 60_000, min: 100, max: 3_600_000 }),
    openStreams: new Set(),
  };
  const log = createLog('edge', settings);
  const metrics = createMetrics();
  const lost = new Counter({
    name: 'edge_requests_lost_total',
    help: 'Requests that no upstream took, or whose upstream broke off',
    registers: [metrics.registry],
  });
  const table = createRoutingTable();
  const watch = watchUpstreams(
    path,
    (upstreams) => {
      table.replace(upstreams);
      log.info({ generation: upstreams.generation, services: upstreams.services }, 'upstreams taken');
    },
    (message) => log.error({ path, reason: message }, 'upstreams file not taken, the last good one stays'),
  );
  process.on('SIGHUP', watch.reload);

  function report(
    request: IncomingMessage,
    status: number,
    bytes: number,
    start: number,
    id: string,
    o: Outcome,
  ): void {
    const ms = performance.now() - start;
    const route = routeOf(request.url ?? '/').label;
    metrics.observe(request.method ?? 'GET', route, status, o.stream ? null : ms / 1000);
    // A refused upgrade was answered all the same; a client that left was not kept waiting by us.
    if (o.error !== null && o.error !== CLIENT_GONE && !o.error.startsWith('answered ')) lost.inc();
    log.info(
      {
        requestId: id,
        method: request.method,
        path: pathOf(request.url ?? '/'),
        status,
        upstream: o.upstream,
        attempts: o.attempts,
        ms: Math.round(ms * 10) / 10,
        bytes,
        ...(o.error ? { error: o.error } : {}),
      },
      'access',
    );
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const start = performance.now();
    const route = routeOf(request.url ?? '/');
    if (drain.draining) response.setHeader('connection', 'close');
    if (route.service === null)
      return answerOwn(request, response, {
        metrics,
        instance: settings.instance,
        draining: drain.draining,
        status: () => ({
          ...table.status(),
          version: VERSION,
          instance: settings.instance,
          error: watch.error,
        }),
      });
    const id = requestIdOf(request);
    const before = request.socket.bytesWritten;
    const outcome = await proxyRequest(request, response, route.service, id, table, proxySettings);
    report(request, response.statusCode, request.socket.bytesWritten - before, start, id, outcome);
  }

  const server = http.createServer(
    { keepAliveTimeout: 75_000, requestTimeout: 120_000 },
    (request, response) => {
      handle(request, response).catch((error: unknown) => {
        log.error({ err: error }, 'request failed');
        response.destroy();
      });
    },
  );
  const drain = drainOnSignal(server, log, settings.drainSeconds);
  const upgraded = new Set<Socket>();
  server.on('upgrade', (request, socket, first) => {
    const start = performance.now();
    const id = requestIdOf(request);
    const { service } = routeOf(request.url ?? '/');
    if (service === null) return void socket.destroy();
    // The type is Duplex for servers over other transports; this one listens on TCP.
    const client = socket as Socket;
    upgraded.add(client);
    client.once('close', () => upgraded.delete(client));
    void proxyUpgrade(request, client, first, service, id, table, proxySettings).then((outcome) =>
      report(request, outcome.error === null ? 101 : 502, client.bytesWritten, start, id, outcome),
    );
  });
  drain.onDrain(() => {
    for (const socket of upgraded) socket.destroy();
    for (const stream of proxySettings.openStreams) stream.end();
  });
  drain.onClose(() => watch.close());

  const gauge: Gauge = new Gauge({
    name: 'edge_upstream_inflight',
    help: 'Requests and streams going on, by upstream',
    labelNames: ['service', 'upstream', 'kind'],
    registers: [metrics.registry],
    collect() {
      gauge.reset();
      for (const [service, list] of Object.entries(table.status().services))
        for (const { address, inflight, streams } of list) {
          gauge.set({ service, upstream: address, kind: 'request' }, inflight);
          gauge.set({ service, upstream: address, kind: 'stream' }, streams);
        }
    },
  });
  server.listen(settings.port, settings.host, () => log.info({ address: server.address() }, 'listening'));
});

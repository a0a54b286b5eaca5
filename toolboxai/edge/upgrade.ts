import http, { type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { toUpstream } from './headers.ts';
import type { Outcome, ProxySettings } from './proxy.ts';
import type { RoutingTable, Upstream } from './routing-table.ts';

function head(status: string, headers: readonly string[]): string {
  const lines: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  return `HTTP/1.1 ${status}\r\n${lines.join('\r\n')}\r\n\r\n`;
}

/** Passes a WebSocket upgrade to an upstream and then bytes both ways; settles when the connection ends. */
export function proxyUpgrade(
  request: IncomingMessage,
  client: Socket,
  first: Buffer,
  service: string,
  id: string,
  table: RoutingTable,
  settings: ProxySettings,
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const tried = new Set<string>();
  client.on('error', () => client.destroy());

  function refuse(status: string, error: string, upstream: string | null): void {
    client.end(head(status, ['connection', 'close', 'content-length', '0', 'retry-after', '1']));
    resolve({ upstream, attempts: tried.size, stream: true, error });
  }

  function attempt(): void {
    const upstream = table.choose(service, tried);
    if (upstream) connect(upstream);
    else refuse('503 Service Unavailable', 'no upstream', null);
  }

  function connect(upstream: Upstream): void {
    tried.add(upstream.address);
    const headers = {
      ...toUpstream(request, id, settings.https, settings.trustForwarded),
      connection: 'Upgrade',
      upgrade: request.headers.upgrade ?? 'websocket',
    };
    const { host, port, address } = upstream;
    const outgoing = http.request({ host, port, path: request.url ?? '/', headers, agent: false });
    outgoing.setTimeout(settings.connectMs, () => outgoing.destroy(new Error('timeout')));
    outgoing.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') return attempt();
      refuse('502 Bad Gateway', error.code ?? error.message, address);
    });
    outgoing.once('response', (incoming) => {
      client.write(
        head(`${incoming.statusCode} ${incoming.statusMessage}`, [
          ...incoming.rawHeaders,
          'connection',
          'close',
        ]),
      );
      incoming.pipe(client);
      resolve({
        upstream: address,
        attempts: tried.size,
        stream: true,
        error: `answered ${incoming.statusCode}`,
      });
    });
    outgoing.once('upgrade', (incoming, server, serverFirst) => {
      upstream.streams += 1;
      server.setTimeout(0);
      client.setTimeout(0);
      client.write(head('101 Switching Protocols', incoming.rawHeaders));
      if (serverFirst.length > 0) client.write(serverFirst);
      if (first.length > 0) server.write(first);
      server.pipe(client).pipe(server);
      server.on('error', () => client.destroy());
      client.once('close', () => server.destroy());
      server.once('close', () => {
        client.end();
        upstream.streams -= 1;
        table.settled(upstream);
        resolve({ upstream: address, attempts: tried.size, stream: true, error: null });
      });
    });
    outgoing.end();
  }
  attempt();
  return promise;
}

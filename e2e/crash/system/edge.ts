import { readFileSync, watch } from 'node:fs';
import { Agent, createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import { dirname } from 'node:path';

/**
 * The least that an edge is: takes up the list of upstreams, balances, tells its generation and what is open, and loses
 * nothing when a replica goes.
 */
interface Listing {
  readonly generation: number;
  readonly services: Readonly<Record<string, readonly string[]>>;
}

const path = process.env['UPSTREAMS'] ?? '';
const agent = new Agent({ keepAlive: true });
const open = new Map<string, number>();
let listing: Listing = { generation: 0, services: {} };
let turn = 0;
let requests = 0;
let lost = 0;

function takeUp(): void {
  try {
    listing = JSON.parse(readFileSync(path, 'utf8')) as Listing;
  } catch {
    // Not written yet: it is renamed into its place as a whole.
  }
}
takeUp();
watch(dirname(path), takeUp);
setInterval(takeUp, 250);

function status(): unknown {
  const told = (address: string) => ({ address, inflight: open.get(address) ?? 0 });
  const serving = Object.values(listing.services).flat();
  return {
    generation: listing.generation,
    services: Object.fromEntries(
      Object.entries(listing.services).map(([name, addresses]) => [name, addresses.map(told)]),
    ),
    draining: [...open.keys()].filter((address) => !serving.includes(address)).map(told),
  };
}

const count = (address: string, by: number): void => void open.set(address, (open.get(address) ?? 0) + by);

function lose(response: ServerResponse, code: number, error: string): void {
  lost += 1;
  if (response.headersSent) return void response.destroy();
  response.writeHead(code).end(error);
}

function pass(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  tried: readonly string[],
): void {
  const addresses = (listing.services['web'] ?? []).filter((address) => !tried.includes(address));
  turn += 1;
  const address = addresses[turn % addresses.length];
  if (address === undefined) {
    lose(response, 503, 'no upstream');
    return;
  }
  const [host, port] = address.split(':');
  count(address, 1);
  let settled = false;
  const settle = (): void => {
    if (!settled) count(address, -1);
    settled = true;
  };
  const { method, url, headers } = request;
  const inner = send({ host, port, path: url, method, headers, agent }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
    answer.on('close', settle);
  });
  inner.on('error', (error: NodeJS.ErrnoException) => {
    settle();
    const refused = error.code === 'ECONNREFUSED' || (inner.reusedSocket && method === 'GET');
    if (refused && !response.headersSent) pass(request, response, body, [...tried, address]);
    else lose(response, 502, String(error));
  });
  inner.end(body);
}

const server = createServer((request, response) => {
  if (request.url === '/__edge/status') return void response.end(JSON.stringify(status()));
  if (request.url === '/__edge/metrics')
    return void response.end(`edge_requests_total ${requests}\nedge_requests_lost_total ${lost}\n`);
  requests += 1;
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => pass(request, response, Buffer.concat(chunks), []));
});
// Longer than any trial: a connection that closes under the client's next request would look like a loss.
server.keepAliveTimeout = 600_000;
server.listen(Number(process.env['PORT']), '127.0.0.1');

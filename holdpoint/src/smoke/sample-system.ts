import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A small real system for tests: log-in, things, uploads, jobs, a limit, server-sent events and a WebSocket. */
export interface SampleSystem {
  readonly url: string;
  /** `METHOD /path` of every request, in order. */
  readonly asked: readonly string[];
  readonly things: ReadonlyMap<string, string>;
  readonly openStreams: () => number;
  close(): Promise<void>;
}

interface Options {
  /** Requests to /login that get 401 before the rest get 429. */
  readonly limitAfter?: number;
  /** Answers to /jobs/1 before it is done. */
  readonly pendingAnswers?: number;
  readonly jobEnds?: 'done' | 'failed';
  /** Requests to /flaky that get 500 before the rest get 200. */
  readonly flakyFailures?: number;
}

export const TOKEN = 'tok-6f1d2c9a';

export async function startSampleSystem(options: Options = {}): Promise<SampleSystem> {
  const asked: string[] = [];
  const things = new Map<string, string>();
  const sources = new Set<ServerResponse>();
  const sockets = new Set<Socket>();
  let logins = 0;
  let polls = 0;
  let flaky = 0;

  const announce = (kind: string, data: object): void => {
    for (const source of sources) source.write(`event: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
    for (const socket of sockets) socket.write(textFrame(JSON.stringify({ event: kind, data })));
  };
  const json = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const path = request.url ?? '/';
    const route = `${request.method} ${path}`;
    asked.push(route);
    response.setHeader('x-request-id', `system-${asked.length}`);
    if (route === 'POST /login') {
      const { user, password } = JSON.parse(text) as Record<string, string>;
      if (user === 'ada' && password === 'lovelace')
        return json(response, 200, { token: TOKEN, user: { id: 7 } });
      logins += 1;
      if (logins <= (options.limitAfter ?? 5)) return json(response, 401, { error: 'wrong' });
      return json(response, 429, { error: 'slow down' }, { 'retry-after': '7' });
    }
    if (route === 'POST /slow') {
      await new Promise((resolve) => setTimeout(resolve, 60));
      return json(response, 200, {});
    }
    if (route === 'GET /silent') return;
    if (route === 'GET /flaky') {
      flaky += 1;
      return json(response, flaky > (options.flakyFailures ?? 0) ? 200 : 500, { count: flaky });
    }
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return json(response, 401, { echo: text });
    if (route === 'GET /events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      sources.add(response);
      response.on('close', () => sources.delete(response));
      return;
    }
    if (route === 'POST /things') {
      const id = String(things.size + 1);
      things.set(id, (JSON.parse(text) as { name: string }).name);
      announce('thing.made', { id: Number(id), name: things.get(id) });
      return json(response, 201, { id: Number(id), name: things.get(id) }, { location: `/things/${id}` });
    }
    const id = /^\/things\/(\d+)$/.exec(path)?.[1];
    if (id !== undefined) {
      if (!things.has(id)) return json(response, 404, { error: 'no such thing' });
      if (request.method === 'DELETE') things.delete(id);
      return json(response, 200, { id: Number(id), name: things.get(id) ?? null, tags: ['a', 'b'] });
    }
    if (route === 'POST /uploads') {
      return json(response, 201, { type: request.headers['content-type'], parts: text });
    }
    if (route === 'POST /form') {
      return json(response, 200, { type: request.headers['content-type'], body: text });
    }
    if (route === 'GET /jobs/1') {
      polls += 1;
      const state = polls > (options.pendingAnswers ?? 2) ? (options.jobEnds ?? 'done') : 'running';
      return json(response, 200, { state });
    }
    json(response, 404, { error: 'no such route' });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => json(response, 500, { error: String(error) }));
  });
  server.on('upgrade', (request, socket: Socket) => {
    asked.push(`UPGRADE ${request.url}`);
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    const head = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n';
    socket.write(`${head}sec-websocket-accept: ${accept}\r\n\r\n`);
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (data) => {
      if ((data[0] ?? 0) % 16 === 8) socket.end(Buffer.from([0x88, 0x00]));
      else socket.write(textFrame(JSON.stringify({ event: 'echo', data: unmasked(data) })));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    things,
    openStreams: () => sources.size + sockets.size,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** One unfragmented text frame (RFC 6455) of fewer than 126 bytes. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, payload.length]), payload]);
}

/** The text of one short masked frame. */
function unmasked(frame: Buffer): string {
  const mask = frame.subarray(2, 6);
  return Buffer.from(frame.subarray(6).map((byte, index) => byte ^ (mask[index % 4] ?? 0))).toString();
}

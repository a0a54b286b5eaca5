import { appendFileSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json as readJson } from 'node:stream/consumers';
import pg from 'pg';

/**
 * One program for both services. It writes its own life down, so that the machine and not the log of a release tells
 * how often it was started and told to end.
 */
interface Manifest {
  readonly version: string;
  /** Four of five answers of the front page are errors. */
  readonly faulty?: boolean;
  /** Writes a column that 0003 drops. */
  readonly writesNote?: boolean;
}

const manifest = JSON.parse(readFileSync('manifest.json', 'utf8')) as Manifest;
const { INSTANCE: instance = '', PORT: port, HOST: host, LIVES: lives = '', DATABASE_URL: url } = process.env;
const { version } = manifest;

const tell = (what: string): void =>
  appendFileSync(lives, `${JSON.stringify({ what, instance, version, pid: process.pid, at: Date.now() })}\n`);
tell('born');

const pool = new pg.Pool({ connectionString: url, max: 2, idleTimeoutMillis: 1_000 });
pool.on('error', () => undefined);
const counts = new Map([[200, 0]]);
let asked = 0;
let looks = 0;

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-app-version': version });
  response.end(JSON.stringify(body));
}

function metrics(response: ServerResponse): void {
  const rows = [...counts].map(([status, count]) => `http_requests_total{status="${status}"} ${count}\n`);
  looks += 1;
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
  response.end(`metrics_read_total ${looks}\n# TYPE http_requests_total counter\n${rows.join('')}`);
}

async function items(
  request: IncomingMessage,
  response: ServerResponse,
  id: string | undefined,
): Promise<void> {
  if (request.method === 'POST') {
    const { name } = (await readJson(request)) as { name: string };
    const made = manifest.writesNote
      ? await pool.query('INSERT INTO items (name, note) VALUES ($1, $2) RETURNING id', [name, 'written'])
      : await pool.query('INSERT INTO items (name) VALUES ($1) RETURNING id', [name]);
    return answer(response, 201, { id: made.rows[0].id, name });
  }
  if (request.method === 'DELETE') {
    await pool.query('DELETE FROM items WHERE id = $1', [id]);
    return answer(response, 200, {});
  }
  const found = await pool.query('SELECT id, name FROM items WHERE id = $1', [id]);
  return found.rows.length === 0 ? answer(response, 404, {}) : answer(response, 200, found.rows[0]);
}

function front(response: ServerResponse): void {
  asked += 1;
  const status = manifest.faulty && asked % 5 !== 0 ? 500 : 200;
  counts.set(status, (counts.get(status) ?? 0) + 1);
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'x-app-version': version });
  response.end(`<!doctype html><html><head><title>Little</title></head><body>${version}</body></html>`);
}

const server = createServer((request, response) => {
  // What is being answered when the end is asked for is idle only afterwards, and would hold the process for minutes.
  response.once('close', () => setImmediate(letGo));
  const [, first, id] = (request.url ?? '/').split('/');
  if (first === '') return front(response);
  if (first === 'ready' || first === 'health') return answer(response, 200, { status: 'ok' });
  if (first === 'version') return answer(response, 200, { version });
  if (first === 'metrics') return metrics(response);
  if (first !== 'items') return answer(response, 404, {});
  items(request, response, id).catch((error: unknown) => answer(response, 500, { error: String(error) }));
});
// Longer than any trial: the edge must never find a connection that closes under its request.
server.keepAliveTimeout = 600_000;
server.listen(Number(port), host, () => {
  tell('ready');
  console.log(JSON.stringify({ level: 'info', message: 'listening', version }));
});

function letGo(): void {
  if (!server.listening) server.closeIdleConnections();
}

process.on('SIGTERM', () => {
  tell('asked to end');
  server.close(() => {
    tell('ended');
    process.exit(0);
  });
  letGo();
});

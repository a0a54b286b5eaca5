import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStream } from '../load/stream-client.ts';
import { type Running, until } from '../test-rig/processes.ts';
import { type System, startSystem } from '../test-rig/system.ts';

const TEXT =
  'The replica drains. Then the replica stops. The replica has lost nothing, and the replica is new.';
let system: System;
let backend: Running;
let token: string;

beforeAll(async () => {
  system = await startSystem();
  backend = await system.processes.serve('backend/main.ts', { ALLOWED_ORIGINS: 'https://tools.example' });
  await system.processes.serve('worker/main.ts');
  await system.route([backend.address]);
  token = await system.logIn();
});
afterAll(() => system?.stop());

const tool = { name: 'Short', kind: 'summary', description: 'three sentences' };

describe('through the edge a person', () => {
  it('runs a tool over an upload and hears about it live', async () => {
    const socket = new WebSocket(`${system.edge.url.replace('http', 'ws')}/api/live?token=${token}`);
    const events: { event: string }[] = [];
    socket.onmessage = ({ data }) => events.push(JSON.parse(String(data)));
    await until('the greeting', () => events.length > 0);
    const made = await system.call(token, 'POST', '/api/tools', tool);
    expect(made).toMatchObject({ status: 201, body: tool });
    const uploadId = await system.upload(token, TEXT);
    const run = await system.call(token, 'POST', '/api/runs', { toolId: made.body.id, uploadId });
    expect(run.status).toBe(202);
    const done = await until('the run is done', async () => {
      const { body } = await system.call(token, 'GET', `/api/runs/${run.body.id}`);
      return body.state === 'done' ? body : null;
    });
    expect(done).toMatchObject({ progress: 100, attempts: 1, result: { sentences: expect.any(Array) } });
    await until('the last event', () => events.some(({ event }) => event === 'run.done'));
    const kinds = events.map(({ event }) => event);
    expect(kinds.filter((kind) => kind !== 'run.progress')).toEqual([
      'hello',
      'tool.created',
      'upload.created',
      'run.queued',
      'run.done',
    ]);
    expect(kinds).toContain('run.progress');
    socket.close();
  });

  it('creates, reads, changes and deletes tools, each answer naming its event', async () => {
    const { body, headers } = await system.call(token, 'POST', '/api/tools', tool);
    expect(Number(headers.get('x-event-id'))).toBeGreaterThan(0);
    const path = `/api/tools/${body.id}`;
    expect((await system.call(token, 'PUT', path, { ...tool, name: 'Shorter' })).body.name).toBe('Shorter');
    expect((await system.call(token, 'GET', path)).body).toMatchObject({ name: 'Shorter', kind: 'summary' });
    expect((await system.call(token, 'DELETE', path)).status).toBe(204);
    expect((await system.call(token, 'GET', path)).status).toBe(404);
  });

  it('is told what is wrong with a request', async () => {
    expect((await system.call('no token', 'GET', '/api/tools')).status).toBe(401);
    expect((await system.call(token, 'POST', '/api/tools', { name: 'x', kind: 'magic' })).status).toBe(400);
    expect((await system.call(token, 'POST', '/api/runs', { toolId: 1, uploadId: 999_999 })).status).toBe(
      404,
    );
    expect((await system.call(token, 'GET', '/api/nothing')).status).toBe(404);
  });

  it('misses no event when the stream breaks and is taken up again', async () => {
    const stream = openStream(new URL(backend.url), token);
    await until('the stream is open', () => stream.open);
    const make = async (): Promise<number> =>
      Number((await system.call(token, 'POST', '/api/tools', tool)).headers.get('x-event-id'));
    stream.expect(await make());
    await until('the first event', () => stream.events > 0);
    const other = await system.processes.serve('backend/main.ts');
    await system.route([other.address]);
    const through = openStream(new URL(system.edge.url), token);
    await until('the stream through the edge is open', () => through.open && through.events === 0);
    const third = await system.processes.serve('backend/main.ts');
    await system.route([third.address]);
    other.signal('SIGTERM');
    const ids = [await make(), await make(), await make()];
    for (const id of ids) through.expect(id);
    expect(await other.exited).toBe(0);
    await until(
      'all events have come',
      () => through.reconnects === 1 && through.waiting === 0 && through.events >= 3,
    );
    await system.route([backend.address]);
    stream.close();
    through.close();
  });

  it('gets 429 with Retry-After after too many log-ins, counted over all replicas', async () => {
    const second = await system.processes.serve('backend/main.ts');
    await system.route([backend.address, second.address]);
    const guess = (user: string) => system.call('', 'POST', '/api/login', { user, password: 'wrong' });
    const answers = await Promise.all(Array.from({ length: 22 }, () => guess('guessed')));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(20);
    expect(statuses.filter((status) => status === 429)).toHaveLength(2);
    const refused = answers.find(({ status }) => status === 429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await guess('somebody else')).status).toBe(401);
    await system.route([backend.address]);
  });
});

describe('the backend', () => {
  it('sends security headers and lets only listed origins read', async () => {
    const from = async (origin: string) =>
      (await fetch(`${system.edge.url}/api/tools`, { headers: { origin } })).headers;
    const headers = await from('https://tools.example');
    expect(headers.get('access-control-allow-origin')).toBe('https://tools.example');
    expect((await from('https://evil.example')).get('access-control-allow-origin')).toBeNull();
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('permissions-policy')).toContain('camera=()');
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  it('has the series that its limits are judged by, and keeps them from the public', async () => {
    const metrics = await (await fetch(`${backend.url}/metrics`)).text();
    for (const series of [
      'http_requests_total{method="POST",route="/api/tools",status="201"}',
      'http_request_duration_seconds_bucket{le="0.25"',
      'toolboxai_build_info{version="0.0.0-source"} 1',
      'process_cpu_seconds_total',
      'db_pool_connections{state="max"} 10',
      'event_stream_connections{transport="sse"}',
    ])
      expect(metrics).toContain(series);
    expect((await fetch(`${system.edge.url}/metrics`)).status).toBe(404);
    expect((await fetch(`${system.edge.url}/health`)).status).toBe(200);
  });

  it('writes no token and no password into its log', async () => {
    await until('the socket with its token is logged', () =>
      system.edge.output().includes('"path":"/api/live"'),
    );
    for (const secret of [token, 'demo-password', 'only-for-these-tests'])
      expect(backend.output() + system.edge.output()).not.toContain(secret);
  });
});

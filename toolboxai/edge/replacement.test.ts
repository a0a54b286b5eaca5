import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLoad } from '../load/generate.ts';
import { type Running, until } from '../test-rig/processes.ts';
import { DEMO, type System, startSystem } from '../test-rig/system.ts';

let system: System;
let backends: Running[];
const startBackend = () => system.processes.serve('backend/main.ts', { LOG_LEVEL: 'warn' });

beforeAll(async () => {
  system = await startSystem();
  backends = await Promise.all([startBackend(), startBackend()]);
  await system.route(backends.map(({ address }) => address));
});
afterAll(() => system?.stop());

async function underLoad(work: () => Promise<void>): Promise<Record<string, unknown>> {
  const load = await startLoad({
    url: new URL(system.edge.url),
    user: DEMO.DEMO_USER,
    password: DEMO.DEMO_PASSWORD,
    rate: 100,
    clients: 3,
    streams: 3,
    onSecond: () => undefined,
  });
  await work();
  return load.stop();
}

it('loses no request and no event while every backend is replaced under load', async () => {
  const totals = await underLoad(async () => {
    for (const old of backends.slice()) {
      const fresh = await startBackend();
      backends = backends.filter((backend) => backend !== old).concat(fresh);
      await system.route(backends.map(({ address }) => address));
      await system.emptied(old.address);
      old.signal('SIGTERM');
      expect(await old.exited).toBe(0);
    }
  });
  expect(totals).toMatchObject({ lost: 0, errors: 0 });
  expect(totals['sent']).toBeGreaterThan(50);
  expect((totals['streams'] as { reconnects: number }).reconnects).toBeGreaterThan(0);
});

it('loses nothing either when a backend goes without the file being told', async () => {
  const totals = await underLoad(async () => {
    const [leaving] = backends;
    const sent = performance.now();
    leaving?.signal('SIGTERM');
    expect(await leaving?.exited).toBe(0);
    await until('some traffic after it', () => performance.now() - sent > 2_000);
    backends = backends.slice(1);
    await system.route(backends.map(({ address }) => address));
  });
  expect(totals).toMatchObject({ lost: 0, errors: 0 });
});

it('answers what is in flight when a backend must go', async () => {
  const leaving = await startBackend();
  await system.route([leaving.address]);
  // A log-in takes about a tenth of a second, so the signal comes in the middle of these.
  const logIns = Promise.all(Array.from({ length: 6 }, () => system.logIn()));
  await until(
    'they are at the backend',
    async () => (await system.status()).services.backend[0].inflight === 6,
  );
  leaving.signal('SIGTERM');
  await until('it is not ready any more', async () =>
    // On a busy machine it may have stopped listening before it is asked.
    fetch(`${leaving.url}/ready`).then(
      ({ status }) => status === 503,
      () => true,
    ),
  );
  for (const token of await logIns) expect(token).toMatch(/\./);
  expect(await leaving.exited).toBe(0);
  await system.route(backends.map(({ address }) => address));
});

it('keeps the last good upstreams when the file is malformed, and says so', async () => {
  const { generation } = await system.status();
  writeFileSync(system.file, '{"generation": 99, "services": {"backend": ["nonsense"]}}');
  const status = await until('the error is shown', async () => {
    const now = await system.status();
    return now.error ? now : null;
  });
  expect(status).toMatchObject({ generation, error: expect.stringContaining('services.backend[0]') });
  expect((await fetch(`${system.edge.url}/health`)).status).toBe(200);
});

it('answers 503 with Retry-After without upstreams, and sends a POST again that no upstream has got', async () => {
  await system.route([]);
  const refused = await fetch(`${system.edge.url}/health`);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
  // Port 1 refuses; the choice alternates, so one of two requests is tried there first.
  await system.route(['127.0.0.1:1', ...backends.map(({ address }) => address)]);
  for (let i = 0; i < 4; i += 1) expect(await system.logIn()).toMatch(/\./);
});

it('shows its status to this machine only, not through another proxy', async () => {
  const { port } = new URL(system.edge.url);
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () =>
      socket.end(
        'GET /__edge/status HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 9.9.9.9\r\nConnection: close\r\n\r\n',
      ),
    );
    socket.once('data', (data) => resolve(data.toString()));
    socket.once('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1.1 404/);
});

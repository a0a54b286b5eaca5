import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStream } from '../load/stream-client.ts';
import { freePort, type Running, until } from '../test-rig/processes.ts';
import { findRig } from '../test-rig/program.ts';
import { type System, startSystem } from '../test-rig/system.ts';

const program = findRig('redis', 'redis-server');

describe.skipIf(program === null)('with Redis', () => {
  let system: System;
  let backends: readonly Running[];
  let token: string;

  beforeAll(async () => {
    system = await startSystem();
    const port = await freePort();
    system.processes.beginProgram(program ?? '', [
      '--port',
      String(port),
      '--save',
      '',
      '--requirepass',
      'hush',
    ]);
    const env = { REDIS_URL: `redis://:hush@127.0.0.1:${port}`, RATE_LIMIT_PER_MINUTE: '60' };
    backends = await Promise.all([1, 2].map(() => system.processes.serve('backend/main.ts', env)));
    for (const { url } of backends)
      await until('Redis is up', async () => {
        const health = (await (await fetch(`${url}/health`)).json()) as { dependencies: { redis: string } };
        return health.dependencies.redis === 'up';
      });
    await system.route(backends.map(({ address }) => address));
    token = await system.logIn();
  });
  afterAll(() => system?.stop());

  it('an event made at one replica comes at once to a stream at the other', async () => {
    const [first, second] = backends;
    const stream = openStream(new URL(first?.url ?? ''), token);
    await until('the stream is open', () => stream.open);
    const made = await fetch(`${second?.url}/api/tools`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ name: 'x', kind: 'summary' }),
    });
    expect(made.status).toBe(201);
    await until('the event', () => stream.events === 1, 5);
    stream.close();
  });

  it('both limits are counted over all replicas, and answered with Retry-After', async () => {
    const guess = () => system.call('', 'POST', '/api/login', { user: 'guessed', password: 'wrong' });
    const logIns = await Promise.all(Array.from({ length: 22 }, guess));
    expect(logIns.filter(({ status }) => status === 429)).toHaveLength(2);
    const reads = await Promise.all(
      Array.from({ length: 70 }, () => system.call(token, 'GET', '/api/tools')),
    );
    const refused = reads.filter(({ status }) => status === 429);
    // Three requests of this user came before these: the stream, the tool, and none else of the sixty.
    expect(refused.length).toBeGreaterThanOrEqual(10);
    expect(refused.length).toBeLessThanOrEqual(12);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

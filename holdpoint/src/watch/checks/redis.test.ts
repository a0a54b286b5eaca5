import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { look, subject } from '../../checks/subject.fixture.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { redis } from './redis.ts';

/** Speaks as much of the protocol as is asked: one reply a command, INFO in the form that Redis 7 gives it. */
async function recordedRedis(info: Record<string, number>, password = 'pw'): Promise<string> {
  const text = `# Memory\r\n${Object.entries(info)
    .map(([name, value]) => `${name}:${value}\r\n`)
    .join('')}`;
  const server = createServer((socket) => {
    let open = false;
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (const command of data.toString().split('*').slice(1)) {
        const words = command.split('\r\n');
        if (words[2] === 'AUTH') open = words[4] === password;
        const reply = words[2] === 'AUTH' ? '+OK\r\n' : `$${text.length}\r\n${text}\r\n`;
        socket.write(open ? reply : '-NOAUTH Authentication required.\r\n');
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `redis://:pw@127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function ask(info: Record<string, number>, settings = {}): Promise<Evidence> {
  return look(redis, subject({ redisUrl: await recordedRedis(info), settings }));
}

describe('watch.redis, against recorded answers', () => {
  it('passes below the share of maxmemory with nothing evicted', async () => {
    expect(await ask({ used_memory: 40_000_000, maxmemory: 100_000_000, evicted_keys: 0 })).toMatchObject({
      verdict: 'pass',
      summary: '40.0 MB of 100 MB in use, 40.0 %; 0 keys evicted',
    });
  });
  it('fails above it, and when keys were evicted beyond what is allowed', async () => {
    const info = { used_memory: 90_000_000, maxmemory: 100_000_000, evicted_keys: 7 };
    expect((await ask(info)).details).toEqual([
      '90.0 MB of 100 MB in use, more than 80.0 %',
      '7 keys evicted since Redis started, allowed are 0',
    ]);
    expect((await ask(info, { max: '95%', evicted: 7 })).verdict).toBe('pass');
  });
  it('is inconclusive where there is nothing to hold it against', async () => {
    const free = await ask({ used_memory: 1, maxmemory: 0, evicted_keys: 0 });
    expect(free).toMatchObject({ verdict: 'inconclusive', summary: expect.stringContaining('no maxmemory') });
    expect((await ask({ redis_version: 7 })).verdict).toBe('inconclusive');
  });
  it('is broken by a refusal and by nobody, and does not apply where none is declared', async () => {
    const refusing = await recordedRedis({}, 'another');
    await expect(look(redis, subject({ redisUrl: refusing }))).rejects.toThrow('refuses us: NOAUTH');
    await expect(look(redis, subject({ redisUrl: 'redis://127.0.0.1:1' }))).rejects.toMatchObject({
      code: 'unreachable',
    });
    expect((await look(redis, subject())).verdict).toBe('not-applicable');
  });
});

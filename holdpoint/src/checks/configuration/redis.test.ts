import { type AddressInfo, createServer } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { encodeCommand, parseReply } from '../../system/redis.ts';
import { look, subject } from '../subject.fixture.ts';
import { redis } from './redis.ts';

interface Fake {
  readonly password?: string;
  readonly info?: string;
  readonly garbage?: boolean;
}

/** Speaks enough of RESP to be asked: AUTH, PING and INFO, refusing what comes before a password. */
async function fakeRedis({ password, info = '', garbage = false }: Fake): Promise<string> {
  const server = createServer((socket) => {
    let open = password === undefined;
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      for (const words of data.toString().split('*').slice(1)) {
        const [command, ...rest] = words.split('\r\n').filter((_, index) => index > 0 && index % 2 === 0);
        if (command === 'AUTH') open = rest.at(-1) === password;
        const text = `# Memory\r\n${info}`;
        const answers: Record<string, string> = {
          PING: '+PONG\r\n',
          AUTH: '+OK\r\n',
          INFO: `$${text.length}\r\n${text}\r\n`,
        };
        if (garbage) socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
        else
          socket.write(
            open ? (answers[command ?? ''] ?? '-ERR\r\n') : '-NOAUTH Authentication required.\r\n',
          );
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const INFO =
  'redis_version:7.2.0\r\nmaxmemory:100000000\r\nmaxmemory_policy:allkeys-lru\r\naof_enabled:1\r\n';

describe('configuration.redis', () => {
  it('passes a Redis with a password, a memory limit and the declared persistence', async () => {
    const at = await fakeRedis({ password: 'pw', info: INFO });
    const of = subject({ redisUrl: `redis://:pw@${at}`, settings: { persistence: 'aof' } });
    expect(await look(redis, of)).toMatchObject({
      verdict: 'pass',
      summary: 'Redis 7.2.0: PONG, 100 MB, allkeys-lru, persistence aof',
    });
  });
  it('fails an open one without a limit', async () => {
    const at = await fakeRedis({ info: 'maxmemory:0\r\naof_enabled:0\r\n' });
    const of = subject({ redisUrl: `redis://${at}`, settings: { persistence: 'aof' } });
    expect((await look(redis, of)).details).toEqual([
      'Redis answers without a password',
      'Redis has no maxmemory',
      "the append-only file is off, declared is 'aof'",
    ]);
  });
  it('is broken by a wrong password, by nobody, and by something that is no Redis', async () => {
    const wrong = await fakeRedis({ password: 'pw' });
    await expect(look(redis, subject({ redisUrl: `redis://:no@${wrong}` }))).rejects.toThrow(
      'refuses us: NOAUTH',
    );
    await expect(look(redis, subject({ redisUrl: 'redis://127.0.0.1:1' }))).rejects.toThrow(
      'cannot be asked',
    );
    const other = await fakeRedis({ garbage: true });
    await expect(look(redis, subject({ redisUrl: `redis://${other}` }))).rejects.toThrow('Redis protocol');
  });
  it('does not apply where none is declared', async () => {
    expect((await look(redis, subject())).verdict).toBe('not-applicable');
  });
});

describe('the Redis protocol', () => {
  it('gives the same text however the answer is cut', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (text, cut) => {
        const whole = Buffer.from(`$${Buffer.byteLength(text)}\r\n${text}\r\n`);
        expect(parseReply(whole, 0)?.reply.text).toBe(Buffer.from(text).toString());
        expect(parseReply(whole.subarray(0, cut % whole.length), 0)).toBeUndefined();
      }),
    );
  });
  it('counts bytes, not characters', () => {
    expect(encodeCommand(['AUTH', 'ü'])).toBe('*2\r\n$4\r\nAUTH\r\n$2\r\nü\r\n');
  });
});

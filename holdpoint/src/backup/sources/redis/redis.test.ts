import { cp, mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../system/clock.ts';
import { flipBit } from '../../postgres/damage.fixture.ts';
import type { Captured } from '../source.ts';
import { redisSource } from './redis.ts';
import { type RedisServer, startRedis, withRedisServer } from './redis-server.fixture.ts';
import { refused } from './scratch.ts';
import { listOf, readAnswer, textOf, withRedis } from './session.ts';

const able = await withRedisServer();

describe('an answer of Redis', () => {
  test('is read once it is whole, and not before, wherever it is cut', () => {
    const whole = Buffer.from('*3\r\n$3\r\na\r\n\r\n:7\r\n*2\r\n$-1\r\n+OK\r\n');
    for (let end = 0; end < whole.length; end += 1) {
      expect(typeof readAnswer(whole.subarray(0, end), 0)).toBe('number');
    }
    const read = readAnswer(whole, 0);
    expect(read).toMatchObject({ next: whole.length });
    const answer = typeof read === 'number' ? undefined : read.answer;
    expect(listOf(answer).map((item) => textOf(item))).toEqual(['a\r\n', '7', ',OK']);
  });
});

test('a machine without memory, and a file of a newer version, are no faults of a copy', () => {
  const crash = '=== REDIS BUG REPORT START: Cut & paste starting from here ===';
  const none = `${crash}\n# Guru Meditation: Redis aborting for OUT OF MEMORY. Allocating 20480 bytes!`;
  expect(refused(none).code).toBe('command-failed');
  expect(refused("# Can't handle RDB format version 99").code).toBe('configuration');
  expect(refused(`loading\n${crash}\n# Guru Meditation: Duplicated key\nEND`)).toMatchObject({
    code: 'tampered',
    details: ['loading', crash, '# Guru Meditation: Duplicated key', 'END'],
  });
});

describe.runIf(able)('a Redis', () => {
  let url = '';
  let room = '';
  let server: RedisServer | undefined;
  const source = () => {
    return redisSource({
      label: 'cache',
      url: async () => url,
      clock: systemClock,
      kept: join(room, 'before'),
    });
  };
  const ask = (...commands: readonly (readonly (string | Buffer)[])[]) =>
    withRedis(new URL(url), undefined, async (session) => {
      const answers = [];
      for (const words of commands) answers.push(await session.ask(...words));
      return answers;
    });
  const keep = async (): Promise<{ readonly folder: string; readonly captured: Captured }> => {
    const scratch = await mkdtemp(join(room, 'scratch-'));
    const folder = await mkdtemp(join(room, 'kept-'));
    const captured = await source().capture(scratch, async ({ folder: lent, ...facts }) => {
      await cp(lent, folder, { recursive: true });
      return facts;
    });
    await rm(scratch, { recursive: true });
    return { folder, captured };
  };

  beforeAll(async () => {
    room = await mkdtemp(join(tmpdir(), 'holdpoint-redis-'));
    server = await startRedis('--appendonly', 'yes');
    url = server.url;
  });
  beforeEach(async () => {
    await ask(
      ['FLUSHALL'],
      ...Array.from({ length: 200 }, (_, index) => ['SET', `plain:${index}`, `value ${index}`]),
      ['SET', Buffer.from([0xff, 0x00, 0x0d]), Buffer.from([0xfe, 0x0a])],
      ['RPUSH', 'list', 'b', 'a', 'b'],
      ['SADD', 'set', ...Array.from({ length: 600 }, (_, index) => `m${index}`)],
      ['ZADD', 'zset', '1', 'one', '2.5', 'two'],
      ['HSET', 'hash', ...Array.from({ length: 700 }, (_, index) => `f${index}`)],
      ['XADD', 'stream', '1-1', 'field', 'value'],
      ['SET', 'passing', 'x', 'EX', '5000'],
      ['SELECT', '3'],
      ['SET', 'three', '3'],
    );
  });
  afterAll(async () => {
    await server?.remove();
    await rm(room, { recursive: true, force: true });
  });

  test('is copied as a replica gets it, and proven by a server of its own', async () => {
    const { folder, captured } = await keep();
    expect(captured.facts).toMatchObject({ 'keys in 0': 207, 'keys in 3': 1, appendonly: 'yes' });
    expect(captured.facts['compared']).toBeGreaterThan(50);
    const took: string[] = [];
    const visited: unknown[] = [];
    const evidence = await source().prove(folder, captured, undefined, {
      took: (phase) => took.push(phase),
      visit: async ({ REDIS_URL: at = '' }) => {
        const socket = at.slice('unix://'.length);
        visited.push(...(await withRedis({ socket }, undefined, (session) => session.askAll([['DBSIZE']]))));
        return undefined;
      },
    });
    expect(evidence).toMatchObject({ verdict: 'pass' });
    expect([took, visited]).toEqual([['start', 'ready', 'verify'], [207]]);
    expect((await readdir(room)).filter((name) => name.includes('scratch'))).toEqual([]);
  });

  test('is copied while others write, and what they write is no fault', async () => {
    const stop = new AbortController();
    const writing = (async () => {
      for (let index = 0; !stop.signal.aborted; index += 1)
        await ask(
          ['SET', `new:${index}`, 'x'],
          ['SET', `plain:${index % 200}`, `again ${index}`],
          ['DEL', `new:${index - 50}`],
        );
    })();
    const { folder, captured } = await keep().finally(() => stop.abort());
    await writing;
    expect(await source().prove(folder, captured)).toMatchObject({ verdict: 'pass' });
  });

  test('with a flipped bit, cut, without a file, or of other keys, fails', async () => {
    const { folder, captured } = await keep();
    const damaged = async (damage: (copy: string) => Promise<void>): Promise<unknown> => {
      const copy = await mkdtemp(join(room, 'kept-'));
      await cp(folder, copy, { recursive: true });
      await damage(copy);
      return (await source().prove(copy, captured)).verdict;
    };
    const rdb = await readFile(join(folder, 'dump.rdb'));
    const [value, name] = [rdb.indexOf('value 117'), rdb.indexOf('plain:117') + 'plain:1'.length];
    expect(await damaged((copy) => flipBit(join(copy, 'dump.rdb'), value))).toBe('fail');
    // One key twice: Redis does not refuse that, it dies of it.
    expect(await damaged((copy) => flipBit(join(copy, 'dump.rdb'), name))).toBe('fail');
    expect(await damaged((copy) => truncate(join(copy, 'dump.rdb'), 900))).toBe('fail');
    expect(await damaged((copy) => rm(join(copy, 'dump.rdb')))).toBe('fail');
    expect(await damaged((copy) => rm(join(copy, 'sample.json')))).toBe('fail');
    const exchanged = async (): Promise<unknown> => {
      const other = await keep();
      await cp(join(folder, 'sample.json'), join(other.folder, 'sample.json'));
      return (await source().prove(other.folder, other.captured)).verdict;
    };
    // As many keys, which hold something else.
    await ask(...Array.from({ length: 200 }, (_, index) => ['SET', `plain:${index}`, `VALUE ${index}`]));
    expect(await exchanged()).toBe('fail');
    await ask(['DEL', 'list', 'hash', 'plain:0', 'plain:1'], ['SET', 'zset', 'no set']);
    expect(await exchanged()).toBe('fail');
  });

  test('gets back exactly what was copied, with times to live, while it runs with an append-only file', async () => {
    const { folder } = await keep();
    await ask(
      ['DEL', 'hash', 'three'],
      ['SET', 'plain:7', 'newer'],
      ['SET', 'surplus', '1'],
      ['SELECT', '5'],
      ['SET', 'five', '5'],
    );
    const { kept } = await source().putBack(folder);
    expect(await readdir(kept)).toEqual(['dump.rdb']);
    const [seven, hash, surplus, ttl, size, , three, , five] = await ask(
      ['GET', 'plain:7'],
      ['HLEN', 'hash'],
      ['EXISTS', 'surplus'],
      ['TTL', 'passing'],
      ['DBSIZE'],
      ['SELECT', '3'],
      ['GET', 'three'],
      ['SELECT', '5'],
      ['DBSIZE'],
    );
    expect([textOf(seven), hash, surplus, size, textOf(three), five]).toEqual([
      'value 7',
      350,
      0,
      207,
      '3',
      0,
    ]);
    expect(ttl).toBeGreaterThan(4_900);
  });

  test('that cannot be reached, or does not let us in, is a failure', async () => {
    const at = (address: string) =>
      redisSource({ label: 'x', url: async () => address, clock: systemClock, kept: room });
    const none = at('redis://127.0.0.1:1').capture(await mkdtemp(join(room, 'scratch-')), async () => 1);
    await expect(none).rejects.toMatchObject({ code: 'unreachable' });
    const wrong = at(url.replace('secret', 'guess'));
    const guess = wrong.capture(await mkdtemp(join(room, 'scratch-')), async () => 1);
    await expect(guess).rejects.toMatchObject({ code: 'unreachable' });
    await ask(['ACL', 'SETUSER', 'app', 'on', '>app', '~*', '+@read', '+info', '+select', '+randomkey']);
    const poor = at(url.replace(':secret', 'app:app'));
    const denied = poor.capture(await mkdtemp(join(room, 'scratch-')), async () => 1);
    await expect(denied).rejects.toMatchObject({
      code: 'configuration',
      next: expect.stringContaining('+sync'),
    });
    for (const name of await readdir(room))
      if (name.startsWith('scratch-')) await rm(join(room, name), { recursive: true });
  });
});

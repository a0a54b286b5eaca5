import { createHash } from 'node:crypto';
import { type Answer, listOf, type RedisSession, textOf } from './session.ts';

/** Longer values are left out: to read them twice would burden a working server. */
const LONGEST = 4_096;

/** How the parts of a value of each type are counted and read; the order is kept where it means something. */
const READERS: Readonly<
  Record<
    string,
    {
      readonly size: string;
      readonly read: readonly string[];
      readonly pairs?: boolean;
      readonly sorted: boolean;
    }
  >
> = {
  string: { size: 'STRLEN', read: ['GET'], sorted: false },
  list: { size: 'LLEN', read: ['LRANGE', '0', '-1'], sorted: false },
  set: { size: 'SCARD', read: ['SMEMBERS'], sorted: true },
  zset: { size: 'ZCARD', read: ['ZRANGE', '0', '-1', 'WITHSCORES'], sorted: false },
  hash: { size: 'HLEN', read: ['HGETALL'], pairs: true, sorted: true },
  stream: { size: 'XLEN', read: ['XRANGE', '-', '+'], sorted: false },
};

/**
 * A digest of what a key holds, the same in whatever form a server keeps it in memory: DUMP's bytes differ from one
 * server to the next. Undefined for a key that is gone, too long, or of a type that a module brought.
 */
export async function digestOfKey(session: RedisSession, key: Buffer): Promise<string | undefined> {
  const type = textOf(await session.ask('TYPE', key));
  const reader = READERS[type];
  if (reader === undefined) return undefined;
  const size = await session.ask(reader.size, key);
  if (typeof size !== 'number' || size > LONGEST) return undefined;
  const [command = '', ...rest] = reader.read;
  const value = await session.ask(command, key, ...rest);
  if (value === undefined) return undefined;
  const parts = reader.pairs === true ? inPairs(listOf(value)) : reader.sorted ? listOf(value) : [value];
  const digests = parts.map((part) => createHash('sha256').update(flat(part)).digest('hex'));
  return createHash('sha256')
    .update(`${type}\n${(reader.sorted ? digests.toSorted() : digests).join('\n')}`)
    .digest('hex');
}

function inPairs(items: readonly Answer[]): readonly Answer[] {
  return items.flatMap((item, index) => (index % 2 === 0 ? [[item, items[index + 1]]] : []));
}

/** Each part with its length, so that no two values are written alike. */
function flat(answer: Answer): Buffer {
  if (Buffer.isBuffer(answer)) return Buffer.concat([Buffer.from(`$${answer.length}:`), answer]);
  if (Array.isArray(answer)) return Buffer.concat([Buffer.from(`*${answer.length}:`), ...answer.map(flat)]);
  return Buffer.from(`${String(answer)};`);
}

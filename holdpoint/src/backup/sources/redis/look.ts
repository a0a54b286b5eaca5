import { z } from 'zod';
import { HoldpointError } from '../../../kernel/errors.ts';
import { parseInfo } from '../../../system/redis.ts';
import { digestOfKey } from './digest.ts';
import { type RedisSession, textOf } from './session.ts';

/** Keys of each database whose content is compared. */
const SAMPLED = 100;

export interface Keys {
  readonly keys: number;
  /** Of those, keys that go by themselves some day. */
  readonly expiring: number;
}

/** What a server says of its content at about one instant. */
export interface Look {
  readonly version: string;
  readonly appendOnly: boolean;
  readonly databases: Readonly<Record<string, Keys>>;
  /** Commands that it has carried out since it started. */
  readonly commands: number;
}

export async function lookAt(session: RedisSession): Promise<Look> {
  const info = parseInfo(textOf(await session.ask('INFO')));
  const everything = parseInfo(textOf(await session.ask('INFO', 'keyspace')));
  const databases = Object.entries(everything).flatMap(([name, text]) => {
    const found = /^keys=(\d+),expires=(\d+)/.exec(text);
    return /^db\d+$/.test(name) && found !== null
      ? [[name.slice(2), { keys: Number(found[1]), expiring: Number(found[2]) }]]
      : [];
  });
  return {
    version: info['redis_version'] ?? '',
    appendOnly: info['aof_enabled'] === '1',
    databases: Object.fromEntries(databases),
    commands: Number(info['total_commands_processed'] ?? 0),
  };
}

const sample = z.strictObject({
  databases: z.record(
    z.string(),
    z.strictObject({ least: z.int(), most: z.int(), digests: z.record(z.string(), z.string()) }),
  ),
});

/** What a restored copy is compared with: bounds for its keys, and digests of some, by their names in base64. */
export type Sample = z.output<typeof sample>;

/** Throws `tampered`. */
export function readSample(text: string): Sample {
  try {
    return sample.parse(JSON.parse(text));
  } catch (cause) {
    throw new HoldpointError('tampered', 'the sample beside the copy of Redis cannot be read', { cause });
  }
}

/** Keys chosen by the server; those with a time to live may be gone by the time of a comparison. */
export async function digestsOf(
  session: RedisSession,
  databases: readonly string[],
): Promise<Readonly<Record<string, Readonly<Record<string, string>>>>> {
  const all: Record<string, Record<string, string>> = {};
  for (const database of databases) {
    await session.ask('SELECT', database);
    const digests: Record<string, string> = {};
    for (let tries = 0; tries < SAMPLED; tries += 1) {
      const key = await session.ask('RANDOMKEY');
      if (!Buffer.isBuffer(key)) break;
      if ((await session.ask('PTTL', key)) !== -1) continue;
      const digest = await digestOfKey(session, key);
      if (digest !== undefined) digests[key.toString('base64')] = digest;
    }
    all[database] = digests;
  }
  return all;
}

/** Those of them that hold the same still: nothing was written to them, as far as anybody can tell. */
export async function unchanged(
  session: RedisSession,
  digests: Awaited<ReturnType<typeof digestsOf>>,
): Promise<typeof digests> {
  const all: Record<string, Record<string, string>> = {};
  for (const [database, known] of Object.entries(digests)) {
    await session.ask('SELECT', database);
    const same: Record<string, string> = {};
    for (const [name, digest] of Object.entries(known)) {
      if ((await digestOfKey(session, Buffer.from(name, 'base64'))) === digest) same[name] = digest;
    }
    all[database] = same;
  }
  return all;
}

/**
 * Pure: between which numbers the keys of each database lay at an instant between two looks, as if each command had
 * made or removed one. What expires meanwhile is gone in a copy as well.
 */
export function boundKeys(
  before: Look,
  after: Look,
  own: number,
  digests: Awaited<ReturnType<typeof digestsOf>>,
): Sample {
  const written = Math.max(0, after.commands - before.commands - own);
  const names = new Set([...Object.keys(before.databases), ...Object.keys(after.databases)]);
  const databases = [...names].map((name) => {
    const [first, last] = [before.databases[name], after.databases[name]];
    const [one, two] = [first?.keys ?? 0, last?.keys ?? 0];
    const expiring = Math.max(first?.expiring ?? 0, last?.expiring ?? 0);
    return [
      name,
      {
        least: Math.max(0, Math.min(one, two) - expiring - written),
        most: Math.max(one, two) + written,
        digests: digests[name] ?? {},
      },
    ] as const;
  });
  return { databases: Object.fromEntries(databases) };
}

/** What is wrong with a restored server, a line each. Names of keys are not told: they may be secrets. */
export async function compareWith(session: RedisSession, expected: Sample): Promise<readonly string[]> {
  const { databases } = await lookAt(session);
  const faults = Object.entries(expected.databases).flatMap(([name, { least, most }]) => {
    const keys = databases[name]?.keys ?? 0;
    const wanted = least === most ? `${least}` : `${least} to ${most}`;
    return keys >= least && keys <= most ? [] : [`database ${name}: ${keys} keys instead of ${wanted}`];
  });
  for (const [name, { digests }] of Object.entries(expected.databases)) {
    const same = await unchanged(session, { [name]: digests });
    const [known, found] = [Object.keys(digests).length, Object.keys(same[name] ?? {}).length];
    if (found < known)
      faults.push(`database ${name}: ${known - found} of ${known} sampled keys hold something else`);
  }
  return faults;
}

export const databasesIn = (look: Look): readonly string[] => Object.keys(look.databases);

import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../../kernel/clock.ts';
import { asHoldpointError, HoldpointError } from '../../../kernel/errors.ts';
import type { Evidence } from '../../../kernel/verdict.ts';
import type { Captured, Lent, Proving, Source } from '../source.ts';
import { boundKeys, compareWith, databasesIn, digestsOf, lookAt, readSample, unchanged } from './look.ts';
import { putRedisBack } from './put-back.ts';
import { withScratchRedis } from './scratch.ts';
import { withRedis } from './session.ts';
import { transferRdb } from './transfer.ts';

const RDB = 'dump.rdb';
const SAMPLE = 'sample.json';

export interface RedisOptions {
  readonly label: string;
  /** Leads to it from this machine. */
  readonly url: (signal?: AbortSignal) => Promise<string>;
  readonly clock: Clock;
  /** Absolute folder where copies of what a restore replaces are kept. */
  readonly kept: string;
}

/** All databases of one Redis, as a replica would get them. What its append-only file holds is in it too. */
export function redisSource(options: RedisOptions): Source {
  return {
    name: `redis:${options.label}`,
    kind: 'redis',
    capture: async (scratch, use, signal) => use(await captureRedis(options, scratch, signal)),
    prove: (folder, captured, signal, proving) => proveRedis(options, folder, captured, signal, proving),
    async putBack(folder, signal) {
      const sample = readSample(await readFile(join(folder, SAMPLE), 'utf8'));
      const at = new URL(await options.url(signal));
      return putRedisBack({ ...options, at, rdb: join(folder, RDB), sample }, signal);
    },
  };
}

async function captureRedis(
  { url, clock }: RedisOptions,
  scratch: string,
  signal: AbortSignal | undefined,
): Promise<Lent> {
  const folder = join(scratch, 'redis');
  await mkdir(folder, { mode: 0o700 });
  const address = new URL(await url(signal));
  return withRedis(address, signal, async (session) => {
    const before = await lookAt(session);
    const asked = session.asked();
    const sampled = await digestsOf(session, databasesIn(before));
    const at = clock.now();
    await transferRdb(address, join(folder, RDB), signal);
    const digests = await unchanged(session, sampled);
    const after = await lookAt(session);
    // Those of the transfer: a login, two REPLCONF and SYNC.
    const own = session.asked() - asked + 4;
    const sample = boundKeys(before, after, own, digests);
    await writeFile(join(folder, SAMPLE), `${JSON.stringify(sample)}\n`, { mode: 0o600 });
    const compared = Object.values(digests).reduce((sum, each) => sum + Object.keys(each).length, 0);
    const keys = Object.entries(after.databases).map(([name, { keys: count }]) => [`keys in ${name}`, count]);
    const facts = {
      ...{ version: after.version, appendonly: after.appendOnly ? 'yes' : 'no', compared },
      ...{ bytes: (await stat(join(folder, RDB))).size, ...Object.fromEntries(keys) },
    };
    return { folder, at, consistency: { kind: 'server', point: 'the snapshot of SYNC' }, facts };
  });
}

async function proveRedis(
  { clock }: RedisOptions,
  folder: string,
  { facts }: Captured,
  signal: AbortSignal | undefined,
  proving: Proving | undefined,
): Promise<Evidence> {
  try {
    const bytes = (await stat(join(folder, RDB)).catch(missing)).size;
    if (bytes !== facts['bytes']) throw damaged(`the copy has ${bytes} bytes instead of ${facts['bytes']}`);
    const sample = readSample(await readFile(join(folder, SAMPLE), 'utf8').catch(missing));
    return await withScratchRedis(join(folder, RDB), dirname(folder), clock, signal, async (scratch) => {
      proving?.took?.('start', scratch.startedInMs);
      proving?.took?.('ready', scratch.readyInMs);
      const began = performance.now();
      const at = { socket: scratch.socket };
      const faults = await withRedis(at, signal, (session) => compareWith(session, sample));
      proving?.took?.('verify', performance.now() - began);
      if (faults.length > 0) {
        const next = 'Take a new backup.';
        return { verdict: 'fail', summary: 'the restored Redis lacks keys', details: faults, next };
      }
      const visited = await proving?.visit?.({ REDIS_URL: `unix://${scratch.socket}` });
      if (visited !== undefined && visited.verdict !== 'pass') return visited;
      const measured = `${facts['compared']} keys compared, ${bytes} bytes read`;
      return { verdict: 'pass', summary: `a Redis runs on the copy: ${measured}`, measured };
    });
  } catch (thrown) {
    signal?.throwIfAborted();
    const error = asHoldpointError(thrown);
    if (error.code !== 'tampered') throw thrown;
    return { verdict: 'fail', summary: error.message, details: error.details, next: 'Take a new backup.' };
  }
}

const damaged = (what: string): HoldpointError => new HoldpointError('tampered', what);

function missing(error: NodeJS.ErrnoException): never {
  throw error.code === 'ENOENT' ? damaged(`a file of the copy is missing: ${error.path}`) : error;
}

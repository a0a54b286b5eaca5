import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../kernel/clock.ts';
import { HoldpointError } from '../../../kernel/errors.ts';
import { syncFolder } from '../../postgres/store.ts';
import { compareWith, databasesIn, lookAt, type Sample } from './look.ts';
import { withScratchRedis } from './scratch.ts';
import { listOf, RedisRefusal, type RedisSession, textOf, withRedis } from './session.ts';
import { transferRdb } from './transfer.ts';

/** Keys that are asked for at once. */
const BATCH = 500;

export interface PuttingBack {
  readonly at: URL;
  readonly rdb: string;
  readonly sample: Sample;
  readonly kept: string;
  readonly clock: Clock;
}

/**
 * Puts each key of a copy into the running server, and then removes those that the copy does not have. Nothing is
 * stopped, no file of the server is touched, and its append-only file has it as it has every write: a server with
 * `appendonly yes` would ignore an RDB file that was laid into its folder. A copy of what was there is kept first. Cut
 * off, some keys are of the copy and some are not; it can be called again.
 */
export async function putRedisBack(
  putting: PuttingBack,
  signal?: AbortSignal,
): Promise<{ readonly kept: string }> {
  const { at, clock, sample } = putting;
  const time = new Date(clock.now()).toISOString().replace(/[-:.]/g, '');
  await mkdir(putting.kept, { recursive: true, mode: 0o700 });
  const kept = await mkdtemp(join(putting.kept, `redis-before-${time}-`));
  await transferRdb(at, join(kept, 'dump.rdb'), signal);
  for (const folder of [kept, putting.kept]) await syncFolder(folder);
  const room = await mkdtemp(join(tmpdir(), 'holdpoint-redis-back-'));
  try {
    const rdb = join(room, 'dump.rdb');
    await copyFile(putting.rdb, rdb);
    await withScratchRedis(rdb, room, clock, signal, ({ socket }) =>
      withRedis({ socket }, signal, (from) => withRedis(at, signal, (to) => carry(from, to, sample))),
    );
    return { kept };
  } finally {
    await rm(room, { recursive: true, force: true });
  }
}

async function carry(from: RedisSession, to: RedisSession, sample: Sample): Promise<void> {
  await carryFunctions(from, to);
  const names = new Set([...databasesIn(await lookAt(from)), ...databasesIn(await lookAt(to))]);
  for (const name of names) {
    for (const session of [from, to]) await session.ask('SELECT', name);
    const wanted = new Set<string>();
    for await (const keys of keysOf(from)) {
      for (const key of keys) wanted.add(key.toString('latin1'));
      const dumps = await from.askAll(
        keys.flatMap((key) => [
          ['DUMP', key],
          ['PEXPIRETIME', key],
        ]),
      );
      const commands = keys.flatMap((key, index) => {
        const [dump, expires] = [dumps[2 * index], dumps[2 * index + 1]];
        if (!Buffer.isBuffer(dump)) return [];
        const until = typeof expires === 'number' && expires > 0 ? expires : 0;
        return [['RESTORE', key, String(until), dump, 'REPLACE', 'ABSTTL']];
      });
      refuse(await to.askAll(commands));
    }
    for await (const keys of keysOf(to)) {
      const surplus = keys.filter((key) => !wanted.has(key.toString('latin1')));
      if (surplus.length > 0) await to.ask('UNLINK', ...surplus);
    }
  }
  const faults = await compareWith(to, sample);
  if (faults.length > 0) {
    throw new HoldpointError('conflict', 'Redis does not hold what was put into it', {
      details: faults,
      next: 'Stop what writes to it, and restore again.',
    });
  }
}

/** Libraries of functions, which belong to no database; unknown before Redis 7. */
async function carryFunctions(from: RedisSession, to: RedisSession): Promise<void> {
  const [dump] = await from.askAll([['FUNCTION', 'DUMP']]);
  if (Buffer.isBuffer(dump)) refuse(await to.askAll([['FUNCTION', 'RESTORE', dump, 'FLUSH']]));
}

function refuse(answers: readonly unknown[]): void {
  const refusal = answers.find((answer) => answer instanceof RedisRefusal);
  if (refusal === undefined) return;
  throw new HoldpointError('command-failed', 'Redis does not take what is put back', {
    cause: refusal,
    details: [refusal instanceof Error ? refusal.message : ''],
    next: 'Read what it says; restore again once that is mended.',
  });
}

async function* keysOf(session: RedisSession): AsyncGenerator<readonly Buffer[]> {
  let cursor = '0';
  do {
    const [next, keys] = listOf(await session.ask('SCAN', cursor, 'COUNT', String(BATCH)));
    cursor = textOf(next);
    const found = listOf(keys).filter((key): key is Buffer => Buffer.isBuffer(key));
    if (found.length > 0) yield found;
  } while (cursor !== '0');
}

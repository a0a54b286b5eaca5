import { access, constants, readFile, readlink, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type { Clock } from '../../../kernel/clock.ts';
import { HoldpointError } from '../../../kernel/errors.ts';
import { abandoned, makeClaimed } from '../../../system/claims.ts';
import { startDaemon } from '../../../system/exec/daemon.ts';
import {
  identify,
  isAlive,
  type ProcessIdentity,
  signal as send,
  waitForExit,
} from '../../../system/exec/processes.ts';
import { readTextIfAny } from '../../../system/files.ts';
import { makeSocketFolder } from '../../../system/socket-folder.ts';
import { withRedis } from './session.ts';

const PREFIX = 'holdpoint-redis-scratch-';
const PROGRAM = 'redis-server';
const START_WITHIN = 600_000;
const END_WITHIN = 10_000;
const CRASH = 'REDIS BUG REPORT START';
/** What it says of a file that it does not take; some damage ends it in the middle of a sentence. */
const DAMAGED =
  /short read|crc|checksum|wrong signature|corrupt|internal error in RDB|unknown RDB|terminating server after rdb|redis bug report start/i;

export interface ScratchRedis {
  readonly socket: string;
  /** Milliseconds until the process ran, and from then until it answered. */
  readonly startedInMs: number;
  readonly readyInMs: number;
}

/**
 * Starts a Redis on an RDB file, which is used up, lends it, and removes it. It listens on a unix socket in a folder of
 * ours alone. Throws `tampered` with its last words when it refuses the file, `configuration` without a redis-server.
 */
export async function withScratchRedis<Result>(
  rdb: string,
  parent: string,
  clock: Clock,
  signal: AbortSignal | undefined,
  use: (scratch: ScratchRedis) => Promise<Result>,
): Promise<Result> {
  const program = await findProgram();
  for (const left of await abandoned(parent, (name) => name.startsWith(PREFIX))) await remove(left);
  const room = await makeClaimed(parent, PREFIX);
  let sockets: Awaited<ReturnType<typeof makeSocketFolder>> | undefined;
  try {
    await rename(rdb, join(room, 'dump.rdb'));
    sockets = await makeSocketFolder(room, 'redis');
    const socket = join(sockets.folder, 'redis');
    const began = performance.now();
    const args = ['--dir', room, '--dbfilename', 'dump.rdb', '--port', '0', '--unixsocket', socket];
    const quiet = ['--unixsocketperm', '600', '--save', '', '--appendonly', 'no', '--daemonize', 'no'];
    // Without the first, a damaged value may end Redis while it is read instead of being refused.
    const careful = ['--sanitize-dump-payload', 'yes', '--crash-memcheck-enabled', 'no'];
    const identity = await startDaemon({
      ...{
        program,
        args: [...args, ...quiet, ...careful, '--databases', '1024', '--pidfile', join(room, 'pid')],
      },
      ...{ cwd: room, environment: {}, log: join(room, 'log') },
    });
    const started = performance.now();
    await untilReady(identity, socket, join(room, 'log'), clock, signal);
    const [startedInMs, readyInMs] = [started - began, performance.now() - started];
    return await use({ socket, startedInMs, readyInMs });
  } finally {
    await remove(room);
    await sockets?.remove();
  }
}

async function findProgram(): Promise<string> {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter).filter((each) => each.startsWith('/'))) {
    const path = join(folder, PROGRAM);
    const runs = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return path;
  }
  throw new HoldpointError('configuration', 'there is no redis-server on this machine to prove a copy with', {
    next: 'Install redis-server here; it need not run.',
  });
}

async function untilReady(
  identity: ProcessIdentity,
  socket: string,
  log: string,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = performance.now() + START_WITHIN;
  for (;;) {
    const loading = await withRedis({ socket }, signal, (session) => session.ask('PING')).catch(
      (error: unknown) => error,
    );
    if (Buffer.isBuffer(loading)) return;
    signal?.throwIfAborted();
    if (!(await isAlive(identity))) throw refused((await readTextIfAny(log)) ?? '');
    if (performance.now() > deadline) {
      throw new HoldpointError('timeout', 'the scratch Redis does not become ready', {
        details: lastLines((await readTextIfAny(log)) ?? ''),
      });
    }
    await clock.wait(20, signal);
  }
}

/** Pure: what a log ends with. A file of a newer version, and a machine without memory, are no faults of the copy. */
export function refused(log: string): HoldpointError {
  const details = lastLines(log);
  if (/can't handle RDB format version/i.test(log)) {
    return new HoldpointError('configuration', 'the redis-server of this machine is older than the copy', {
      details,
      next: 'Install one as new as the server that was backed up.',
    });
  }
  return DAMAGED.test(log) && !/out of memory allocating|aborting for out of memory/i.test(log)
    ? new HoldpointError('tampered', 'Redis refuses the copy', { details, next: 'Take a new backup.' })
    : new HoldpointError('command-failed', 'the scratch Redis did not start', { details });
}

/** The last ones, or the first ones of the report that a crash leaves, behind which stands how to send it in. */
function lastLines(log: string): readonly string[] {
  const lines = log.split('\n').filter((line) => line.trim() !== '');
  const crash = lines.findIndex((line) => line.includes(CRASH));
  return crash < 0 ? lines.slice(-10) : lines.slice(Math.max(0, crash - 2), crash + 8);
}

/** First the server, which another process may have started that was killed, then its folder. */
async function remove(room: string): Promise<void> {
  const pid = Number(await readFile(join(room, 'pid'), 'utf8').catch(() => '0'));
  // The number may meanwhile be somebody else's.
  const ours = pid > 0 && (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === room;
  const identity = ours ? await identify(pid) : undefined;
  if (identity !== undefined) {
    await send(identity, 'SIGKILL');
    await waitForExit(identity, END_WITHIN);
  }
  await rm(room, { recursive: true, force: true });
}

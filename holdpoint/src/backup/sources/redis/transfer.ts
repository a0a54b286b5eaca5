import { open } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { HoldpointError } from '../../../kernel/errors.ts';
import { type RedisAt, RedisRefusal, withRedis } from './session.ts';

const MARK = 40;

/**
 * Writes the whole of a Redis into a file, as a replica gets it: one instant, taken by the server's own fork, and no
 * file of the server has to be read. Redis waits `repl-diskless-sync-delay` before it begins, 5 s as a rule. Throws
 * `configuration` when this user may not, `unreachable`.
 */
export async function transferRdb(at: RedisAt, file: string, signal?: AbortSignal): Promise<void> {
  await withRedis(at, signal, async (session) => {
    // Neither is known to old versions, and none of them needs it. Without the first, Redis would not wait, and write a
    // file of its own: one that cannot be written makes it refuse all writes, and one that is left it may start from.
    await session.askAll([
      ['REPLCONF', 'capa', 'eof'],
      ['REPLCONF', 'rdb-only', '1'],
    ]);
    // What comes now is no answer of the protocol, and all of it belongs to the transfer.
    const { socket, begun } = session.takeOver();
    socket.write('SYNC\r\n');
    await receive(socket, begun, file);
  });
}

async function receive(socket: Socket, begun: Buffer, file: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    let head: Buffer | undefined = begun;
    let end: End | undefined;
    for await (const chunk of chunksOf(socket)) {
      let rest: Buffer = chunk;
      if (head !== undefined) {
        const found = headOf(Buffer.concat([head, chunk]));
        if (Buffer.isBuffer(found)) {
          head = found;
          continue;
        }
        head = undefined;
        end = found.end;
        rest = found.rest;
      }
      const piece = end?.take(rest);
      if (piece === undefined) continue;
      await handle.write(piece.data);
      if (!piece.last) continue;
      await handle.sync();
      return;
    }
    throw new HoldpointError('unreachable', 'Redis ended the transfer before all of it had come', {
      next: 'Read the log of Redis; it may lack memory for its fork.',
    });
  } finally {
    await handle.close();
  }
}

async function* chunksOf(socket: Socket): AsyncGenerator<Buffer> {
  for await (const chunk of socket) yield chunk as Buffer;
}

/** Reads `$<length>` or `$EOF:<mark>`, in front of which the server sends empty lines to be known to live. */
function headOf(buffer: Buffer): Buffer | { readonly end: End; readonly rest: Buffer } {
  let start = 0;
  while (buffer[start] === 0x0a) start += 1;
  const at = buffer.indexOf('\n', start);
  if (at === -1) return buffer.subarray(start);
  const line = buffer.toString('latin1', start, at).trim();
  const rest = buffer.subarray(at + 1);
  if (line.startsWith('-')) {
    throw new HoldpointError('configuration', 'Redis does not hand over its data', {
      cause: new RedisRefusal(line.slice(1)),
      details: [line.slice(1)],
      next: 'Let the user of `redis.url` run SYNC and REPLCONF: `ACL SETUSER … +sync +psync +replconf`.',
    });
  }
  if (line.startsWith('$EOF:') && line.length === 5 + MARK) return { end: untilMark(line.slice(5)), rest };
  const length = /^\$\d+$/.test(line) ? Number(line.slice(1)) : undefined;
  if (length !== undefined) return { end: untilLength(length), rest };
  throw new HoldpointError('command-failed', 'what answers there does not speak the Redis protocol');
}

/** Tells when the transfer is over. */
interface End {
  take(chunk: Buffer): { readonly data: Buffer; readonly last: boolean };
}

function untilLength(length: number): End {
  let left = length;
  return {
    take(chunk) {
      const data = chunk.subarray(0, left);
      left -= data.length;
      return { data, last: left === 0 };
    },
  };
}

/** The mark comes once, at the very end, and may come in pieces. */
function untilMark(mark: string): End {
  const wanted = Buffer.from(mark, 'latin1');
  let held: Buffer = Buffer.alloc(0);
  return {
    take(chunk) {
      const all = Buffer.concat([held, chunk]);
      const at = Math.max(0, all.length - MARK);
      held = all.subarray(at);
      return { data: all.subarray(0, at), last: held.equals(wanted) };
    },
  };
}

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { HoldpointError } from '../../../kernel/errors.ts';
import { loginOf } from '../../../system/redis.ts';

/** One answer; names and values of Redis are bytes, and need not be text. */
export type Answer = Buffer | number | undefined | RedisRefusal | readonly Answer[];

export class RedisRefusal extends Error {}

export interface RedisSession {
  /** Throws `RedisRefusal` for an error that the server answers. */
  ask(...words: readonly (string | Buffer)[]): Promise<Answer>;
  /** As `ask` for each, sent at once; a refusal is an answer here. */
  askAll(commands: readonly (readonly (string | Buffer)[])[]): Promise<readonly Answer[]>;
  /** How many commands were sent so far. */
  asked(): number;
  /** Hands over the connection as it is, with what has come already. Nothing can be asked afterwards. */
  takeOver(): { readonly socket: Socket; readonly begun: Buffer };
}

/** Where a Redis is asked: an address, or the path of its unix socket. */
export type RedisAt = URL | { readonly socket: string };

/** Lends a connection that is logged in, and closes it. Throws `unreachable`. */
export async function withRedis<Result>(
  at: RedisAt,
  signal: AbortSignal | undefined,
  use: (session: RedisSession) => Promise<Result>,
): Promise<Result> {
  signal?.throwIfAborted();
  const socket = await open(at);
  const abort = (): void => void socket.destroy(new Error('abandoned'));
  signal?.addEventListener('abort', abort, { once: true });
  try {
    const session = sessionOn(socket);
    for (const login of at instanceof URL ? loginOf(at) : []) {
      await session.ask(...login).catch((cause: unknown) => {
        throw new HoldpointError('unreachable', 'Redis refuses us', {
          cause,
          next: 'Put the right user and password into the address of Redis.',
        });
      });
    }
    return await use(session);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    socket.destroy();
  }
}

async function open(at: RedisAt): Promise<Socket> {
  if (!(at instanceof URL)) return connected(connect(at.socket), 'connect', at.socket);
  const host = at.hostname.replace(/^\[|\]$/g, '');
  const port = Number(at.port || 6379);
  return at.protocol === 'rediss:'
    ? connected(connectTls({ host, port, servername: host }), 'secureConnect', `${host}:${port}`)
    : connected(connect(port, host), 'connect', `${host}:${port}`);
}

async function connected(socket: Socket, event: string, where: string): Promise<Socket> {
  try {
    await once(socket, event, { signal: AbortSignal.timeout(10_000) });
    return socket;
  } catch (cause) {
    socket.destroy();
    throw new HoldpointError('unreachable', `Redis at ${where} cannot be asked`, {
      cause,
      next: 'Check that Redis runs, and its address.',
    });
  }
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

function sessionOn(socket: Socket): RedisSession {
  let [chunks, waiting]: [Buffer[], Waiting[]] = [[], []];
  let held = 0;
  /** Bytes that must have come before an answer can be whole: a large one is not put together for each of its parts. */
  let needed = 0;
  const fail = (cause?: Error): void => {
    const error = new HoldpointError('unreachable', 'Redis closed the connection', { cause });
    for (const { reject } of waiting) reject(error);
    waiting = [];
  };
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    held += chunk.length;
    if (held < needed) return;
    const buffer = Buffer.concat(chunks);
    let offset = 0;
    while (waiting.length > 0) {
      const found = readAnswer(buffer, offset);
      if (typeof found === 'number') {
        needed = found - offset;
        break;
      }
      needed = 0;
      offset = found.next;
      waiting.shift()?.resolve(found.answer);
    }
    chunks = [buffer.subarray(offset)];
    held = buffer.length - offset;
  };
  socket
    .on('data', onData)
    .on('error', fail)
    .on('close', () => fail());
  let asked = 0;
  const askAll = async (commands: readonly (readonly (string | Buffer)[])[]): Promise<readonly Answer[]> => {
    const answers = commands.map(
      () => new Promise<Answer>((resolve, reject) => void waiting.push({ resolve, reject })),
    );
    asked += commands.length;
    socket.write(Buffer.concat(commands.map(encode)));
    return Promise.all(answers);
  };
  return {
    askAll,
    asked: () => asked,
    async ask(...words) {
      const [answer] = await askAll([words]);
      if (answer instanceof RedisRefusal) throw answer;
      return answer;
    },
    takeOver() {
      socket.pause();
      socket.removeListener('data', onData);
      return { socket, begun: Buffer.concat(chunks) };
    },
  };
}

function encode(words: readonly (string | Buffer)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) {
    const bytes = Buffer.from(word as string);
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
  }
  return Buffer.concat(parts);
}

/** One answer of RESP2, or, while it is cut off, an offset that has to be reached at least. */
export function readAnswer(
  buffer: Buffer,
  offset: number,
): { readonly answer: Answer; readonly next: number } | number {
  const end = buffer.indexOf('\r\n', offset);
  if (end === -1) return buffer.length + 1;
  const type = String.fromCharCode(buffer[offset] ?? 0);
  const line = buffer.toString('utf8', offset + 1, end);
  const next = end + 2;
  if (type === '+') return { answer: Buffer.from(line), next };
  if (type === ':') return { answer: Number(line), next };
  if (type === '-') return { answer: new RedisRefusal(line), next };
  const length = Number(line);
  if ((type !== '$' && type !== '*') || !Number.isInteger(length)) {
    throw new HoldpointError('command-failed', 'what answers there does not speak the Redis protocol');
  }
  if (length < 0) return { answer: undefined, next };
  if (type === '$') {
    const after = next + length + 2;
    return after > buffer.length ? after : { answer: buffer.subarray(next, next + length), next: after };
  }
  const items: Answer[] = [];
  let at = next;
  while (items.length < length) {
    const item = readAnswer(buffer, at);
    if (typeof item === 'number') return item;
    items.push(item.answer);
    at = item.next;
  }
  return { answer: items, next: at };
}

export const textOf = (answer: Answer): string =>
  Buffer.isBuffer(answer) ? answer.toString() : String(answer);
export const listOf = (answer: Answer): readonly Answer[] => (Array.isArray(answer) ? answer : []);

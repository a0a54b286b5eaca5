import { once } from 'node:events';
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { HoldpointError } from '../kernel/errors.ts';

/** What Redis answered: a refusal is an answer as well. */
export type Reply =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'refusal'; readonly text: string };

/** Reads one RESP2 reply (simple, error, integer or bulk string) at an offset; undefined while it is cut off. */
export function parseReply(
  buffer: Buffer,
  offset: number,
): { readonly reply: Reply; readonly next: number } | undefined {
  const end = buffer.indexOf('\r\n', offset);
  if (end === -1) return undefined;
  const line = buffer.toString('utf8', offset + 1, end);
  const type = String.fromCharCode(buffer[offset] ?? 0);
  if (type === '+' || type === ':') return { reply: { kind: 'text', text: line }, next: end + 2 };
  if (type === '-') return { reply: { kind: 'refusal', text: line }, next: end + 2 };
  const length = Number(line);
  if (type !== '$' || !Number.isInteger(length)) {
    throw new HoldpointError('command-failed', 'what answers there does not speak the Redis protocol');
  }
  if (length < 0) return { reply: { kind: 'text', text: '' }, next: end + 2 };
  const start = end + 2;
  if (buffer.length < start + length + 2) return undefined;
  const text = buffer.toString('utf8', start, start + length);
  return { reply: { kind: 'text', text }, next: start + length + 2 };
}

export function encodeCommand(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** The commands that log in with the user and password of an address; none where it has no password. */
export function loginOf({ username, password }: URL): readonly (readonly string[])[] {
  const words = [username, password].filter((word) => word !== '').map(decodeURIComponent);
  return password === '' ? [] : [['AUTH', ...words]];
}

/** As `askRedis` after logging in, the answer to which comes first. A refusal of any command throws `unreachable`. */
export async function askAsUser(
  url: URL,
  commands: readonly (readonly string[])[],
  signal: AbortSignal,
): Promise<readonly Reply[]> {
  const replies = await askRedis(url, [...loginOf(url), ...commands], signal);
  const refusal = replies.find(({ kind }) => kind === 'refusal');
  if (refusal === undefined) return replies;
  throw new HoldpointError('unreachable', `Redis refuses us: ${refusal.text}`, {
    next: 'Put the right user and password into the address of Redis.',
  });
}

/** The fields of an answer to `INFO`. */
export function parseInfo(text: string): Readonly<Record<string, string>> {
  const lines = text.split('\r\n').filter((line) => line.includes(':'));
  return Object.fromEntries(lines.map((line) => [line.split(':', 1)[0], line.slice(line.indexOf(':') + 1)]));
}

/** Sends commands over one connection and yields their replies in order. Throws `unreachable`. */
export async function askRedis(
  url: URL,
  commands: readonly (readonly string[])[],
  signal: AbortSignal,
): Promise<readonly Reply[]> {
  const at = { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || 6379) };
  const socket = url.protocol === 'rediss:' ? connectTls({ ...at, servername: at.host }) : connect(at);
  const abort = (): void => {
    socket.destroy(new Error('abandoned'));
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    await once(socket, url.protocol === 'rediss:' ? 'secureConnect' : 'connect');
    socket.write(commands.map(encodeCommand).join(''));
    const replies: Reply[] = [];
    let buffer = Buffer.alloc(0);
    let offset = 0;
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      buffer = Buffer.concat([buffer, chunk]);
      for (let found = parseReply(buffer, offset); found !== undefined; found = parseReply(buffer, offset)) {
        replies.push(found.reply);
        offset = found.next;
        if (replies.length === commands.length) return replies;
      }
    }
    throw new Error('the connection was closed early');
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof HoldpointError) throw cause;
    throw new HoldpointError('unreachable', `Redis at ${at.host}:${at.port} cannot be asked`, {
      cause,
      next: 'Check that Redis runs, and its address.',
    });
  } finally {
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

import http from 'node:http';
import https from 'node:https';
import { createStreamReader } from '../outbox/stream-reader.ts';

const RETRY_MS = 100;
const LATE_MS = 10_000;
const SEEN_KEPT = 50_000;

/** An open event stream that reconnects, and knows whether it has got every event it should. */
export interface StreamClient {
  /** An event that is known to exist; when it has not come after 10 s it counts as lost. */
  expect(id: number): void;
  /** Lost events since the last call. */
  takeLost(): readonly number[];
  readonly waiting: number;
  readonly open: boolean;
  readonly reconnects: number;
  readonly events: number;
  close(): void;
}

export function openStream(base: URL, token: string): StreamClient {
  const expected = new Map<number, number>();
  let seen = new Set<number>();
  let lastId = '';
  let startedAfter = Number.POSITIVE_INFINITY;
  let closed = false;
  let current: http.ClientRequest | null = null;
  const state = { open: false, connects: 0, events: 0 };

  function take(id: number, event: string): void {
    if (event === 'hello') {
      startedAfter = Math.min(startedAfter, id);
      return;
    }
    state.events += 1;
    seen.add(id);
    expected.delete(id);
    if (seen.size > SEEN_KEPT) seen = new Set([...seen].slice(SEEN_KEPT / 2));
  }

  function connect(): void {
    if (closed) return;
    const headers = { authorization: `Bearer ${token}`, ...(lastId ? { 'last-event-id': lastId } : {}) };
    const request = (base.protocol === 'https:' ? https : http).get(new URL('/api/events', base), {
      headers,
      agent: false,
    });
    current = request;
    request.once('error', () => undefined);
    request.once('close', () => {
      state.open = false;
      if (!closed) setTimeout(connect, RETRY_MS);
    });
    request.once('response', (response) => {
      if (response.statusCode !== 200) return void response.resume();
      state.open = true;
      state.connects += 1;
      const read = createStreamReader(lastId);
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        for (const message of read(piece)) {
          lastId = message.id;
          take(Number(message.id), message.event);
        }
      });
      response.once('error', () => undefined);
    });
  }
  connect();

  return {
    expect(id) {
      // Events before the stream's start are not for it; until the start is known, none is missed either.
      if (id > startedAfter && !seen.has(id)) expected.set(id, performance.now());
    },
    takeLost() {
      const limit = performance.now() - LATE_MS;
      const lost = [...expected].filter(([, since]) => since < limit).map(([id]) => id);
      for (const id of lost) expected.delete(id);
      return lost;
    },
    get waiting() {
      return expected.size;
    },
    get open() {
      return state.open;
    },
    get reconnects() {
      return Math.max(0, state.connects - 1);
    },
    get events() {
      return state.events;
    },
    close() {
      closed = true;
      current?.destroy();
    },
  };
}

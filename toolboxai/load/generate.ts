import { setTimeout as pause } from 'node:timers/promises';
import { type Client, createClient } from './mix.ts';
import { createSend } from './request.ts';
import { openStream, type StreamClient } from './stream-client.ts';
import { createTally } from './tally.ts';

export interface LoadOptions {
  readonly url: URL;
  readonly user: string;
  readonly password: string;
  /** Requests a second, sent on time whether or not earlier ones were answered (open loop). */
  readonly rate: number;
  readonly clients: number;
  readonly streams: number;
  readonly slowUploads?: boolean;
  readonly onSecond: (line: Record<string, unknown>) => void;
}

export interface Load {
  /** Stops sending, waits for what is under way, and answers the totals. */
  stop(): Promise<Record<string, unknown>>;
}

const TICK_MS = 10;
const SOCKETS = 64;
const SETTLE_MS = 10_500;

/** Logs the clients in, opens the streams and starts sending. */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const send = createSend(options.url, SOCKETS);
  const tally = createTally();
  const clients: Client[] = [];
  for (let number = 1; number <= options.clients; number += 1)
    clients.push(
      await createClient(send, options.user, options.password, number, options.slowUploads ?? false),
    );
  const streams: StreamClient[] = Array.from({ length: options.streams }, (_none, index) =>
    openStream(options.url, clients[index % clients.length]?.token ?? ''),
  );
  const start = performance.now();
  let begun = 0;
  let underWay = 0;

  async function one(client: Client): Promise<void> {
    const sentAt = performance.now();
    underWay += 1;
    tally.sent();
    try {
      const answer = await client.next();
      const version = answer.headers['x-app-version'];
      tally.answered(
        answer.status,
        (performance.now() - sentAt) / 1000,
        typeof version === 'string' ? version : null,
      );
      const event = Number(answer.headers['x-event-id']);
      if (event > 0) for (const stream of streams) stream.expect(event);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tally.lost(reason === 'timeout' ? 'timeout' : 'connection', reason);
    } finally {
      underWay -= 1;
    }
  }

  const sum = (of: (stream: StreamClient) => number): number => streams.reduce((all, s) => all + of(s), 0);
  function line(): Record<string, unknown> {
    for (const stream of streams) for (const id of stream.takeLost()) tally.lost('events', `event ${id}`);
    return {
      t: Math.round((performance.now() - start) / 1000),
      ...tally.line({
        open: sum((s) => (s.open ? 1 : 0)),
        reconnects: sum((s) => s.reconnects),
        events: sum((s) => s.events),
      }),
    };
  }

  const ticker = setInterval(() => {
    const due = Math.floor(((performance.now() - start) / 1000) * options.rate);
    for (; begun < due; begun += 1) {
      const client = clients[begun % clients.length];
      if (client) void one(client);
    }
  }, TICK_MS);
  const reporter = setInterval(() => options.onSecond(line()), 1_000);

  return {
    async stop() {
      clearInterval(ticker);
      clearInterval(reporter);
      const limit = performance.now() + SETTLE_MS;
      while (performance.now() < limit && (underWay > 0 || sum((s) => s.waiting) > 0)) await pause(25);
      const totals = line();
      for (const stream of streams) stream.close();
      return { final: true, ...totals };
    },
  };
}

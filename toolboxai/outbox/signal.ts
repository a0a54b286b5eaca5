import { Redis } from 'ioredis';
import { listen } from '../database/listener.ts';

const CHANNEL = 'toolboxai:outbox';

/** Tells processes that the outbox has grown; what is new they read from the database. */
export interface Signal {
  /** After a commit that appended an event. */
  announce(): void;
  close(): Promise<void>;
}

/** A Redis client that waits for a lost server instead of failing the process. */
export function connectRedis(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, connectTimeout: 3_000 });
  redis.on('error', onError);
  return redis;
}

/** PostgreSQL announces by itself, inside append_event. `onSignal` null where nobody needs to hear. */
export function databaseSignal(databaseUrl: string, onSignal: (() => void) | null): Signal {
  const stop = onSignal ? listen(databaseUrl, 'outbox', onSignal) : async () => undefined;
  return { announce: () => undefined, close: stop };
}

/** Redis pub/sub, which spares the database a connection a replica. */
export function redisSignal(redis: Redis, onSignal: (() => void) | null): Signal {
  const subscriber = onSignal ? redis.duplicate() : null;
  if (subscriber && onSignal) {
    subscriber.on('error', () => undefined);
    subscriber.on('ready', onSignal);
    subscriber.on('message', onSignal);
    subscriber.subscribe(CHANNEL).catch(() => undefined);
  }
  return {
    // A lost announcement is made up for by the hub's poll.
    announce: () => void redis.publish(CHANNEL, '').catch(() => undefined),
    close: async () => subscriber?.disconnect(),
  };
}

import type { Pool } from '../database/pool.ts';
import type { OutboxEvent } from './event.ts';
import { eventsAfter, eventsOfUserAfter, newestEventId } from './read.ts';

const BATCH = 500;
const POLL_MS = 1_000;

interface Subscriber {
  readonly userId: number;
  readonly deliver: (event: OutboxEvent) => void;
  /** Everything up to this id has been delivered or is not for this user. */
  cursor: number;
}

export interface Subscription {
  /** The id that the subscription started after. */
  readonly after: number;
  close(): void;
}

/** Gives each subscriber every event of its user, once and in order. */
export interface Hub {
  /** Starts after `lastEventId`, or with what comes from now on. */
  subscribe(
    userId: number,
    lastEventId: number | null,
    start: (after: number) => void,
    deliver: (event: OutboxEvent) => void,
  ): Promise<Subscription>;
  /** Looks for new events now. */
  wake(): void;
  close(): void;
}

/** One query per wake serves all subscribers; a poll makes up for lost notifications. */
export function createHub(pool: Pool, onError: (error: unknown) => void): Hub {
  const subscribers = new Set<Subscriber>();
  let reading = false;
  let again = false;

  function give(subscriber: Subscriber, event: OutboxEvent): void {
    if (event.id <= subscriber.cursor) return;
    subscriber.cursor = event.id;
    if (event.userId === subscriber.userId) subscriber.deliver(event);
  }

  async function readAll(): Promise<void> {
    while (subscribers.size > 0) {
      const oldest = Math.min(...[...subscribers].map((subscriber) => subscriber.cursor));
      const events = await eventsAfter(pool, oldest, BATCH);
      for (const event of events) for (const subscriber of subscribers) give(subscriber, event);
      if (events.length < BATCH) return;
    }
  }

  async function read(): Promise<void> {
    if (reading) {
      again = true;
      return;
    }
    reading = true;
    try {
      do {
        again = false;
        await readAll();
      } while (again);
    } catch (error) {
      onError(error);
    } finally {
      reading = false;
    }
  }

  const timer = setInterval(() => void read(), POLL_MS);
  timer.unref();

  return {
    async subscribe(userId, lastEventId, start, deliver) {
      const newest = await newestEventId(pool);
      // An id beyond the newest comes from a database that was restored since; waiting for it would be for ever.
      const after = lastEventId === null ? newest : Math.min(lastEventId, newest);
      const subscriber: Subscriber = { userId, deliver, cursor: after };
      start(after);
      for (let full = after < newest; full; ) {
        const events = await eventsOfUserAfter(pool, userId, subscriber.cursor, BATCH);
        for (const event of events) give(subscriber, event);
        full = events.length === BATCH;
      }
      subscribers.add(subscriber);
      void read();
      return { after, close: () => void subscribers.delete(subscriber) };
    },
    wake: () => void read(),
    close: () => clearInterval(timer),
  };
}

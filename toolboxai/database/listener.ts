import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

/**
 * Calls `onSignal` for each notification on `channel`, and after each (re)connection, since notifications
 * sent meanwhile are gone. Reconnects for ever, once a second. Returns the way to stop it.
 */
export function listen(url: string, channel: string, onSignal: () => void): () => Promise<void> {
  let stopped = false;
  let client: pg.Client | null = null;

  async function hold(): Promise<void> {
    while (!stopped) {
      const connection = new pg.Client({
        connectionString: url,
        connectionTimeoutMillis: 5_000,
        keepAlive: true,
      });
      try {
        const ended = new Promise<void>((resolve) => {
          connection.once('error', () => resolve());
          connection.once('end', () => resolve());
        });
        connection.on('notification', onSignal);
        await connection.connect();
        await connection.query(`LISTEN ${channel}`);
        client = connection;
        onSignal();
        await ended;
      } catch {
        // The next round tries again; whoever listens polls as well.
      }
      client = null;
      await connection.end().catch(() => undefined);
      if (!stopped) await pause(1_000);
    }
  }
  void hold();

  return async () => {
    stopped = true;
    await client?.end().catch(() => undefined);
  };
}

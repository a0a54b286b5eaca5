import type { Server } from 'node:http';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';

/** The way a process goes: not ready, then deaf to new connections, then empty, then gone. */
export interface Drain {
  readonly draining: boolean;
  readonly inFlight: number;
  /** Called first, for instance to end event streams, which would otherwise never finish. */
  onDrain(step: () => void | Promise<void>): void;
  /** Called last, for instance to close the database pool. */
  onClose(step: () => void | Promise<void>): void;
}

const LISTEN_ON_MS = 300;
const QUIET_MS = 200;

/**
 * Drains on SIGTERM or SIGINT and exits 0 within `seconds`.
 *
 * The listening socket stays open for a moment, because closing it resets connections that the kernel has
 * accepted and the process has not. Idle keep-alive connections stay open until nothing has arrived for a
 * while: a request may be on its way on any of them, so http's own close(), which cuts them at once, loses it.
 */
export function drainOnSignal(server: Server, log: Logger, seconds: number): Drain {
  const drainSteps: (() => void | Promise<void>)[] = [];
  const closeSteps: (() => void | Promise<void>)[] = [];
  let draining = false;
  let inFlight = 0;
  let lastRequest = 0;

  server.on('request', (_request, response) => {
    inFlight += 1;
    lastRequest = performance.now();
    response.once('close', () => {
      inFlight -= 1;
    });
  });

  async function run(signal: string): Promise<void> {
    if (draining) return;
    draining = true;
    log.info({ signal, inFlight }, 'draining');
    setTimeout(() => {
      log.warn({ inFlight }, 'drain time is over');
      process.exit(0);
    }, seconds * 1000).unref();
    const steps = Promise.allSettled(drainSteps.map(async (step) => step()));
    await pause(LISTEN_ON_MS);
    net.Server.prototype.close.call(server);
    await steps;
    while (inFlight > 0 || performance.now() - lastRequest < QUIET_MS) await pause(20);
    server.closeAllConnections();
    await Promise.allSettled(closeSteps.map(async (step) => step()));
    log.info('drained');
    process.exit(0);
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void run(signal));

  return {
    get draining() {
      return draining;
    },
    get inFlight() {
      return inFlight;
    },
    onDrain: (step) => void drainSteps.push(step),
    onClose: (step) => void closeSteps.push(step),
  };
}

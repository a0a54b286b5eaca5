import { randomUUID } from 'node:crypto';
import { Counter } from 'prom-client';
import { listen } from '../database/listener.ts';
import { createPool, databaseNotReadyBecause, databaseState } from '../database/pool.ts';
import { createQueue } from '../jobs/queue.ts';
import { connectRedis, databaseSignal, redisSignal } from '../outbox/signal.ts';
import { SCHEMA } from '../service/build-constants.ts';
import { run } from '../service/run.ts';
import { createService } from '../service/service.ts';
import { execute } from './execute.ts';
import { createLoop } from './loop.ts';
import { readWorkerSettings } from './settings.ts';

const PURGE_MS = 600_000;
const PURGE = "DELETE FROM outbox WHERE created_at < now() - $1 * interval '1 hour'";
/** What is left of the drain time for putting jobs back and closing connections. */
const CLOSING_MS = 1_000;

run('worker', async () => {
  const settings = readWorkerSettings(process.env);
  const service = createService({
    name: 'worker',
    settings,
    notReadyBecause: () => databaseNotReadyBecause(pool, SCHEMA),
    dependencies: async () => ({
      database: await databaseState(pool),
      redis: redis ? (redis.status === 'ready' ? 'up' : 'down') : 'not configured',
      completion: settings.completion.url ? 'configured' : 'not configured',
    }),
  });
  const { log, metrics, drain } = service;
  const warn = (error: unknown): void => log.warn({ err: error }, 'connection trouble');
  const pool = createPool(settings.databaseUrl, settings.poolSize, metrics.registry, warn);
  const redis = settings.redisUrl ? connectRedis(settings.redisUrl, warn) : null;
  const signal = redis ? redisSignal(redis, null) : databaseSignal(settings.databaseUrl, null);
  const outcomes = new Counter({
    name: 'jobs_processed_total',
    help: 'Runs that left this worker, by outcome',
    labelNames: ['outcome'],
    registers: [metrics.registry],
  });
  for (const outcome of ['done', 'failed', 'retried', 'released', 'lost']) outcomes.inc({ outcome }, 0);

  const loop = createLoop({
    // An instance name may be used again by the next process; a lease must belong to one of them only.
    queue: createQueue(pool, `${settings.instance}-${randomUUID()}`, settings.leaseSeconds),
    concurrency: settings.concurrency,
    leaseSeconds: settings.leaseSeconds,
    maxAttempts: settings.maxAttempts,
    execute: (job) => execute(job, settings.completion),
    announce: signal.announce,
    onOutcome: (outcome) => outcomes.inc({ outcome }),
    log,
  });
  const stopListening = listen(settings.databaseUrl, 'runs', loop.wake);
  const purge = setInterval(() => void pool.query(PURGE, [settings.outboxHours]).catch(warn), PURGE_MS);
  drain.onDrain(() => loop.stop(Math.max(500, settings.drainSeconds * 1000 - CLOSING_MS)));
  drain.onClose(async () => {
    clearInterval(purge);
    await stopListening();
    redis?.disconnect();
    await pool.end();
  });
  await service.listen();
});

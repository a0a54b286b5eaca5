import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import { createPool, databaseNotReadyBecause, databaseState } from '../database/pool.ts';
import { createHub } from '../outbox/hub.ts';
import { connectRedis, databaseSignal, redisSignal } from '../outbox/signal.ts';
import { SCHEMA } from '../service/build-constants.ts';
import { run } from '../service/run.ts';
import { createService } from '../service/service.ts';
import { loginRoute, requireUser } from './authentication.ts';
import type { Context } from './context.ts';
import { injectFault } from './faults.ts';
import { liveRoutes } from './live.ts';
import { runRoutes } from './runs.ts';
import { addCors, addSecurityHeaders } from './security.ts';
import { readBackendSettings } from './settings.ts';
import { toolRoutes } from './tools.ts';
import { uploadRoutes } from './uploads.ts';

// Replaced by the build. The tests below are written out where they are used, because the bundler folds a
// constant, and so drops the code behind it, only within one file.
declare const __FAULT__: string;

run('backend', async () => {
  const settings = readBackendSettings(process.env);
  const service = createService({
    name: 'backend',
    settings,
    trustProxy: settings.trustProxy,
    notReadyBecause: async () =>
      typeof __FAULT__ !== 'undefined' && __FAULT__ === 'never-ready'
        ? 'injected fault'
        : databaseNotReadyBecause(pool, SCHEMA),
    dependencies: async () => ({
      database: await databaseState(pool),
      redis: redis ? (redis.status === 'ready' ? 'up' : 'down') : 'not configured',
    }),
  });
  const { app, log } = service;
  const warn = (error: unknown): void => log.warn({ err: error }, 'connection trouble');
  const pool = createPool(settings.databaseUrl, settings.poolSize, service.metrics.registry, warn);
  const redis = settings.redisUrl ? connectRedis(settings.redisUrl, warn) : null;
  const hub = createHub(pool, warn);
  const signal = redis ? redisSignal(redis, hub.wake) : databaseSignal(settings.databaseUrl, hub.wake);
  const context: Context = { settings, pool, hub, signal };

  app.decorateRequest('user', null);
  await addSecurityHeaders(app, settings.https);
  await addCors(app, settings.allowedOrigins);
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error({ err: error }, 'request failed');
    return reply.code(status).send({ error: status >= 500 ? 'internal error' : error.message });
  });

  await app.register(async (api: FastifyInstance) => loginRoute(api, context, redis), { prefix: '/api' });
  await app.register(
    async (api: FastifyInstance) => {
      requireUser(api, settings.secret);
      await api.register(rateLimit, {
        max: settings.rateLimitPerMinute,
        timeWindow: 60_000,
        hook: 'preHandler',
        nameSpace: 'toolboxai-api-',
        keyGenerator: (request) => request.user?.name ?? request.ip,
        ...(redis ? { redis, skipOnError: true } : {}),
      });
      if (typeof __FAULT__ !== 'undefined' && __FAULT__ !== 'none') injectFault(__FAULT__, api);
      await toolRoutes(api, context);
      await uploadRoutes(api, context);
      await runRoutes(api, context);
      await liveRoutes(api, context, service);
    },
    { prefix: '/api' },
  );
  service.drain.onClose(async () => {
    hub.close();
    await signal.close();
    redis?.disconnect();
    await pool.end();
  });
  await service.listen();
});

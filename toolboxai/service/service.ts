import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { Logger } from 'pino';
import { VERSION } from './build-constants.ts';
import { type Drain, drainOnSignal } from './drain.ts';
import { createLog, pathOf } from './log.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { ServiceSettings } from './settings.ts';

export interface ServiceOptions {
  readonly name: string;
  readonly settings: ServiceSettings;
  /** Why no traffic may come, or null when it may. Draining is known without asking. */
  readonly notReadyBecause: () => Promise<string | null>;
  /** States shown by /health as information; they never change its status. */
  readonly dependencies: () => Promise<Record<string, string>>;
  /** Addresses whose caller's address is believed (X-Forwarded-For), as Fastify's trustProxy. */
  readonly trustProxy?: string;
}

export interface Service {
  readonly app: FastifyInstance;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly drain: Drain;
  listen(): Promise<void>;
}

const QUIET_ROUTES = new Set(['/health', '/ready', '/metrics', '/version']);

/** A Fastify server with log, metrics, drain and the four addresses that every process answers. */
export function createService(options: ServiceOptions): Service {
  const { name, settings } = options;
  const log = createLog(name, settings);
  const metrics = createMetrics();
  const app: FastifyInstance = Fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: options.trustProxy ?? 'loopback',
    // Longer than any proxy keeps an idle connection, so that the proxy closes first and no request is cut.
    keepAliveTimeout: 120_000,
    requestIdHeader: 'x-request-id',
  });
  const drain = drainOnSignal(app.server, log, settings.drainSeconds);

  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-app-version', VERSION);
    if (drain.draining) reply.header('connection', 'close');
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unmatched';
    const isStream = String(reply.getHeader('content-type')).startsWith('text/event-stream');
    metrics.observe(request.method, route, reply.statusCode, isStream ? null : reply.elapsedTime / 1000);
    request.log[QUIET_ROUTES.has(route) ? 'debug' : 'info'](
      {
        method: request.method,
        path: pathOf(request.url),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
  });

  app.get('/health', async () => ({
    status: 'ok',
    service: name,
    version: VERSION,
    instance: settings.instance,
    uptimeSeconds: Math.round(process.uptime()),
    draining: drain.draining,
    dependencies: await options.dependencies(),
  }));
  app.get('/ready', async (_request, reply) => {
    const reason = drain.draining ? 'draining' : await options.notReadyBecause();
    return reason === null ? { ready: true } : reply.code(503).send({ ready: false, reason });
  });
  app.get('/metrics', async (_request, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
  app.get('/version', async () => ({ version: VERSION, service: name, instance: settings.instance }));

  return {
    app,
    log,
    metrics,
    drain,
    async listen() {
      const address = await app.listen({ host: settings.host, port: settings.port });
      log.info({ address }, 'listening');
    },
  };
}

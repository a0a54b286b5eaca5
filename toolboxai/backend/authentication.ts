import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Redis } from 'ioredis';
import type { Context } from './context.ts';
import { databaseLimitStore } from './login-limit-store.ts';
import { passwordFits } from './passwords.ts';
import { signToken, type TokenUser, verifyToken } from './tokens.ts';

const HOUR_MS = 3_600_000;

interface Credentials {
  readonly user: string;
  readonly password: string;
}

const CREDENTIALS = {
  type: 'object',
  required: ['user', 'password'],
  properties: {
    user: { type: 'string', minLength: 1, maxLength: 100 },
    password: { type: 'string', minLength: 1, maxLength: 200 },
  },
} as const;

/** POST /login, with its own limit by user and address, shared by all replicas. */
export async function loginRoute(app: FastifyInstance, context: Context, redis: Redis | null): Promise<void> {
  const { settings, pool } = context;
  await app.register(rateLimit, {
    max: settings.loginLimitPerMinute,
    timeWindow: 60_000,
    hook: 'preHandler',
    nameSpace: 'toolboxai-login-',
    keyGenerator: (request) => `${request.ip}|${(request.body as Credentials).user}`,
    ...(redis ? { redis } : { store: databaseLimitStore(pool) }),
  });
  app.post<{ Body: Credentials }>('/login', { schema: { body: CREDENTIALS } }, async (request, reply) => {
    const { user, password } = request.body;
    const found = await pool.query<{ id: number; password_hash: string }>(
      'SELECT id, password_hash FROM users WHERE name = $1',
      [user],
    );
    const row = found.rows[0];
    const fits = await passwordFits(password, row?.password_hash ?? null);
    if (!row || !fits) return reply.code(401).send({ error: 'user or password is wrong' });
    const expiresAt = Date.now() + settings.tokenHours * HOUR_MS;
    return { token: signToken({ id: row.id, name: user }, expiresAt, settings.secret), expiresAt };
  });
}

function tokenOf(request: FastifyRequest): string {
  const header = request.headers.authorization ?? '';
  if (header.startsWith('Bearer ')) return header.slice('Bearer '.length);
  // A browser's EventSource and WebSocket cannot send headers.
  const { token } = request.query as { token?: unknown };
  return typeof token === 'string' ? token : '';
}

/** Every route registered on `app` afterwards answers 401 without a valid token. */
export function requireUser(app: FastifyInstance, secret: string): void {
  app.addHook('onRequest', async (request, reply) => {
    request.user = verifyToken(tokenOf(request), secret, Date.now());
    if (!request.user) {
      reply.header('www-authenticate', 'Bearer');
      return reply.code(401).send({ error: 'a valid token is required' });
    }
    return undefined;
  });
}

/** The user of a request that requireUser has let through. */
export function userOf(request: FastifyRequest): TokenUser {
  if (!request.user) throw new Error('the route is registered outside requireUser');
  return request.user;
}

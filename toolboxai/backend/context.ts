import type { Pool } from '../database/pool.ts';
import type { Hub } from '../outbox/hub.ts';
import type { Signal } from '../outbox/signal.ts';
import type { BackendSettings } from './settings.ts';
import type { TokenUser } from './tokens.ts';

declare module 'fastify' {
  interface FastifyRequest {
    user: TokenUser | null;
  }
}

/** What the routes work with. */
export interface Context {
  readonly settings: BackendSettings;
  readonly pool: Pool;
  readonly hub: Hub;
  readonly signal: Signal;
}

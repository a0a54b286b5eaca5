import { readServiceSettings, type ServiceSettings } from '../service/settings.ts';
import { type Environment, readNumber, readText, readUrl, requireUrl } from '../settings/environment.ts';
import type { CompletionSettings } from './kinds/completion.ts';

export interface WorkerSettings extends ServiceSettings {
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  readonly poolSize: number;
  readonly concurrency: number;
  readonly leaseSeconds: number;
  readonly maxAttempts: number;
  readonly outboxHours: number;
  readonly completion: CompletionSettings;
}

/** Reads and checks the worker's environment; throws SettingError naming the variable. */
export function readWorkerSettings(env: Environment): WorkerSettings {
  return {
    ...readServiceSettings(env, 8011),
    databaseUrl: requireUrl(env, 'DATABASE_URL', ['postgres:', 'postgresql:']),
    redisUrl: readUrl(env, 'REDIS_URL', ['redis:', 'rediss:']),
    poolSize: readNumber(env, 'DB_POOL_SIZE', { fallback: 4, min: 1, max: 200 }),
    concurrency: readNumber(env, 'CONCURRENCY', { fallback: 2, min: 1, max: 64 }),
    leaseSeconds: readNumber(env, 'LEASE_SECONDS', { fallback: 15, min: 1, max: 3_600 }),
    maxAttempts: readNumber(env, 'MAX_ATTEMPTS', { fallback: 3, min: 1, max: 100 }),
    outboxHours: readNumber(env, 'OUTBOX_HOURS', { fallback: 24, min: 1, max: 8_760 }),
    completion: {
      url: readUrl(env, 'COMPLETION_URL', ['http:', 'https:']),
      key: readText(env, 'COMPLETION_KEY', '') || null,
      model: readText(env, 'COMPLETION_MODEL', 'gpt-4o-mini'),
    },
  };
}

import { readServiceSettings, type ServiceSettings } from '../service/settings.ts';
import {
  type Environment,
  readList,
  readNumber,
  readSwitch,
  readText,
  readUrl,
  requireUrl,
  SettingError,
} from '../settings/environment.ts';

const SECRET_MIN = 16;

export interface BackendSettings extends ServiceSettings {
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  readonly poolSize: number;
  readonly secret: string;
  readonly tokenHours: number;
  readonly rateLimitPerMinute: number;
  readonly loginLimitPerMinute: number;
  readonly uploadBytes: number;
  readonly allowedOrigins: readonly string[];
  readonly https: boolean;
  readonly trustProxy: string;
}

/** Reads and checks the backend's environment; throws SettingError naming the variable. */
export function readBackendSettings(env: Environment): BackendSettings {
  const secret = readText(env, 'SECRET');
  if (secret.length < SECRET_MIN)
    throw new SettingError(`SECRET must have at least ${SECRET_MIN} characters`);
  return {
    ...readServiceSettings(env, 8009),
    databaseUrl: requireUrl(env, 'DATABASE_URL', ['postgres:', 'postgresql:']),
    redisUrl: readUrl(env, 'REDIS_URL', ['redis:', 'rediss:']),
    poolSize: readNumber(env, 'DB_POOL_SIZE', { fallback: 10, min: 1, max: 200 }),
    secret,
    tokenHours: readNumber(env, 'TOKEN_HOURS', { fallback: 12, min: 1, max: 720 }),
    rateLimitPerMinute: readNumber(env, 'RATE_LIMIT_PER_MINUTE', {
      fallback: 60_000,
      min: 1,
      max: 10_000_000,
    }),
    loginLimitPerMinute: readNumber(env, 'LOGIN_LIMIT_PER_MINUTE', { fallback: 20, min: 1, max: 100_000 }),
    uploadBytes: readNumber(env, 'UPLOAD_BYTES', { fallback: 1_000_000, min: 1, max: 50_000_000 }),
    allowedOrigins: readList(env, 'ALLOWED_ORIGINS'),
    https: readSwitch(env, 'HTTPS'),
    trustProxy: readText(env, 'TRUST_PROXY', 'loopback'),
  };
}

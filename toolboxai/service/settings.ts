import { type Environment, readChoice, readNumber, readText } from '../settings/environment.ts';

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** What every process is told by its environment. */
export interface ServiceSettings {
  readonly host: string;
  readonly port: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly instance: string;
  readonly drainSeconds: number;
}

/** In containers every process is number 1; what tells them apart is the name of the host. */
function ownName(env: Environment): string {
  return (process.pid === 1 && env['HOSTNAME']?.trim()) || String(process.pid);
}

/** Reads HOST, PORT, LOG_LEVEL, INSTANCE and DRAIN_SECONDS. */
export function readServiceSettings(env: Environment, defaultPort: number): ServiceSettings {
  return {
    host: readText(env, 'HOST', '127.0.0.1'),
    port: readNumber(env, 'PORT', { fallback: defaultPort, min: 0, max: 65_535 }),
    logLevel: readChoice(env, 'LOG_LEVEL', LOG_LEVELS, 'info'),
    instance: readText(env, 'INSTANCE', ownName(env)),
    drainSeconds: readNumber(env, 'DRAIN_SECONDS', { fallback: 10, min: 1, max: 600 }),
  };
}

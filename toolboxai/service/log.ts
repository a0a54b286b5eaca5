import { type Logger, pino } from 'pino';
import { VERSION } from './build-constants.ts';
import type { ServiceSettings } from './settings.ts';

/** Structured lines on stdout; credentials are cut out wherever a request is logged. */
export function createLog(name: string, settings: Pick<ServiceSettings, 'logLevel' | 'instance'>): Logger {
  return pino({
    level: settings.logLevel,
    base: { service: name, version: VERSION, instance: settings.instance },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['headers.authorization', 'headers.cookie', '*.password', '*.token'],
  });
}

/** The path alone: a query may carry a token, and a log must not. */
export function pathOf(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? url : url.slice(0, mark);
}

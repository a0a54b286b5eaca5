import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../kernel/durations.ts';

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/;

/** Milliseconds since the epoch of an ISO 8601 time with its zone: without one it would mean another hour elsewhere. */
export function instant(text: string): number {
  const at = ISO.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError('Write a date, a time and its zone, such as 2026-03-01T20:00:00Z.');
  }
  return at;
}

/** A day of the calendar that exists, `2026-03-01`. */
export function calendarDay(text: string): string {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text) {
    throw new InvalidArgumentError('Write a day such as 2026-03-01.');
  }
  return text;
}

/** Milliseconds of a duration such as `10m`. */
export function span(text: string): number {
  try {
    return parseDuration(text);
  } catch {
    throw new InvalidArgumentError('Write a time such as 30s, 10m or 2h.');
  }
}

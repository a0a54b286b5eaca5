import { HoldpointError } from '../../kernel/errors.ts';
import { type EventBody, eventBody, type LoggedEvent } from '../events.ts';

export interface EventRow {
  run: string;
  seq: number;
  at: number;
  body: string;
  prev: string;
  hash: string;
}

/** Throws `tampered` on what is no event. */
export function parseRow(row: EventRow): LoggedEvent {
  const { run, seq, at, prev, hash } = row;
  const body = parseBody(row.body);
  if (body === undefined) {
    throw new HoldpointError('tampered', `event ${seq} of run '${run}' cannot be read`, {
      next: 'Run `holdpoint verify` on this log, and restore the file from your own backup.',
    });
  }
  return { run, seq, at, body, prev, hash };
}

/** The stored value itself, not the schema's copy: a copy would drop an added key, and the hash would still hold. */
function parseBody(text: string): EventBody | undefined {
  try {
    const stored: unknown = JSON.parse(text);
    return eventBody.safeParse(stored).success ? (stored as EventBody) : undefined;
  } catch {
    return undefined;
  }
}

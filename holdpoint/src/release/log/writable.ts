import { HoldpointError } from '../../kernel/errors.ts';
import { type EventBody, eventBody } from '../events.ts';

/**
 * The body as it will be read back: plain JSON, well-formed text. Output cut in the middle of a character must not end
 * a run. Throws, before anything is written, what would make the log unreadable: `not-found` for an event of no run,
 * `conflict` for a second opening, `internal` for a body that is no event.
 */
export function writable(run: string, body: EventBody, exists: boolean): EventBody {
  if (!exists && body.type !== 'run.opened') {
    throw new HoldpointError('not-found', `there is no run '${run}'`, {
      next: '`holdpoint status` lists the runs.',
    });
  }
  if (exists && body.type === 'run.opened') {
    throw new HoldpointError('conflict', `run '${run}' is open already`, {
      next: 'Go on with it by `holdpoint resume`.',
    });
  }
  const plain: unknown = JSON.parse(
    JSON.stringify(body, (_key, value: unknown) =>
      typeof value === 'string' ? value.toWellFormed() : value,
    ),
  );
  const read = eventBody.safeParse(plain);
  if (read.success) return plain as EventBody;
  throw new HoldpointError('internal', `an event '${body.type}' cannot be written`, { cause: read.error });
}

import { HoldpointError } from '../../../kernel/errors.ts';

/** A mistake in compose files; `where` is `file:line:column` as far as it is known. */
export function mistake(where: string, message: string, next: string): HoldpointError {
  return new HoldpointError('configuration', `${where} ${message}`, { next });
}

/** Several at once, so that the user mends them in one go. */
export function mistakes(found: readonly string[], next: string): HoldpointError {
  const [first = 'the compose files cannot be read', ...details] = found;
  return new HoldpointError('configuration', first, { details, next });
}

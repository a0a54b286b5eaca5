import { explain, HoldpointError } from '../kernel/errors.ts';

/** Network failures that say something of this machine, and nothing of the system that was asked. */
const OURS: ReadonlySet<string> = new Set([
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'ENOBUFS',
  'EACCES',
  'EPERM',
  'ENETDOWN',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ERR_INVALID_URL',
  'ERR_INVALID_ARG_TYPE',
]);

/**
 * Why nothing answered, when that is the asked system's fault: refused, reset, late, a certificate that does not
 * hold. Undefined when the probe itself could not ask, which must never be told as the release's failure.
 */
export function noAnswer(thrown: unknown): string | undefined {
  if (!(thrown instanceof HoldpointError)) return undefined;
  if (thrown.code === 'timeout') return `no answer: ${thrown.message}`;
  if (thrown.code !== 'unreachable') return undefined;
  const code = systemCode(thrown);
  if (code === undefined || OURS.has(code)) return undefined;
  return `no answer: ${explain(thrown)}`;
}

function systemCode(thrown: unknown): string | undefined {
  for (let at: unknown = thrown, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const code = (at as NodeJS.ErrnoException).code;
    if (typeof code === 'string' && !(at instanceof HoldpointError)) return code;
  }
  return undefined;
}

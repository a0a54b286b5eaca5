/** Every way in which Holdpoint can fail; `EXIT` below says what each means outside. */
export type ErrorCode =
  | 'usage'
  | 'configuration'
  | 'check-failed'
  | 'rolled-back'
  | 'waiting'
  | 'lease-held'
  | 'lease-lost'
  | 'evidence-missing'
  | 'not-found'
  | 'conflict'
  | 'tampered'
  | 'command-failed'
  | 'timeout'
  | 'unreachable'
  | 'cancelled'
  | 'internal';

/** The exit status of the command for each error; 0 is kept for success. */
export const EXIT: Readonly<Record<ErrorCode, number>> = {
  'check-failed': 10,
  'rolled-back': 11,
  waiting: 12,
  'lease-held': 13,
  'lease-lost': 13,
  'evidence-missing': 14,
  tampered: 10,
  usage: 64,
  'not-found': 64,
  conflict: 64,
  configuration: 78,
  'command-failed': 70,
  timeout: 70,
  unreachable: 70,
  internal: 70,
  cancelled: 130,
};

interface ErrorParts {
  readonly cause?: unknown;
  /** What the user can do now: one imperative sentence. */
  readonly next?: string;
  readonly details?: readonly string[];
}

/** The one error type. `message` says what happened, `next` what to do about it. */
export class HoldpointError extends Error {
  readonly code: ErrorCode;
  readonly next: string | undefined;
  readonly details: readonly string[];

  constructor(code: ErrorCode, message: string, parts: ErrorParts = {}) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'HoldpointError';
    this.code = code;
    this.next = parts.next;
    this.details = parts.details ?? [];
  }
}

/** Anything that was thrown, as our one type; what we did not foresee is `internal`. */
export function asHoldpointError(thrown: unknown): HoldpointError {
  if (thrown instanceof HoldpointError) return thrown;
  if (thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError')) {
    const code = thrown.name === 'AbortError' ? 'cancelled' : 'timeout';
    return new HoldpointError(code, thrown.message, { cause: thrown });
  }
  return new HoldpointError('internal', thrown instanceof Error ? thrown.message : String(thrown), {
    cause: thrown,
  });
}

/** The message with its chain of causes, for logs and evidence: `a: b: c`. */
export function explain(thrown: unknown): string {
  const parts: string[] = [];
  let at: unknown = thrown;
  // Counted by links and not by words: a cause may lead back to itself.
  for (let links = 0; at !== undefined && links < LONGEST_CHAIN; links += 1) {
    const text = wordsOf(at);
    if (!parts.some((part) => part.includes(text))) parts.push(text);
    at = at instanceof Error ? at.cause : undefined;
  }
  return parts.join(': ');
}

const LONGEST_CHAIN = 5;

/** A refused connection to a name with several addresses has no message, only a code. */
function wordsOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.message !== '') return thrown.message;
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name;
}

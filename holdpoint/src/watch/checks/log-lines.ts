/** One structured line of a log, as far as the watch reads it. */
export interface LogLine {
  readonly isError: boolean;
  readonly message: string;
  /** Milliseconds since the Unix epoch, where the line tells its time. */
  readonly at?: number;
}

/** pino's number of the level `error`; `fatal` is 60. */
const PINO_ERROR = 50;
const ERROR_WORDS: ReadonlySet<string> = new Set(['error', 'fatal', 'critical', 'panic', 'emergency']);

/** Reads a line that is one JSON object; undefined for any other text. */
export function readLogLine(text: string): LogLine | undefined {
  const fields = asObject(text);
  if (fields === undefined) return undefined;
  const { level, time } = fields;
  const isError =
    typeof level === 'number' ? level >= PINO_ERROR : ERROR_WORDS.has(String(level ?? '').toLowerCase());
  const at = typeof time === 'number' ? time : typeof time === 'string' ? Date.parse(time) : Number.NaN;
  return { isError, message: messageOf(fields), ...(Number.isNaN(at) ? {} : { at }) };
}

function asObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The line's own words, followed by those of the error that it carries, as pino's `err` does. */
function messageOf({ msg, message, err, error }: Readonly<Record<string, unknown>>): string {
  const carried = err ?? error;
  const cause = isObject(carried) ? carried['message'] : carried;
  const words = [msg ?? message, cause].filter((part): part is string => typeof part === 'string');
  return words.length === 0 ? 'without a message' : [...new Set(words)].join(': ');
}

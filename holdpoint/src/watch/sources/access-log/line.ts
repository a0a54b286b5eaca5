/** One request as an edge logged it. */
export interface LoggedRequest {
  readonly status: number;
  /** Milliseconds; undefined where the format tells none. */
  readonly duration: number | undefined;
  /** `host:port` of the replica that answered, null when none did; undefined where the format does not tell. */
  readonly upstream: string | null | undefined;
  /** Without its query. */
  readonly path: string | undefined;
}

/** Names of the fields of a JSON line. */
export interface JsonFields {
  readonly status: readonly string[];
  readonly seconds: readonly string[];
  readonly milliseconds: readonly string[];
  readonly upstream: readonly string[];
  readonly path: readonly string[];
}

/** What the edges that we know of write, and what most configurations of nginx call it. */
export const KNOWN_FIELDS: JsonFields = {
  status: ['status'],
  seconds: ['seconds', 'request_time', 'duration'],
  milliseconds: ['ms', 'milliseconds', 'duration_ms', 'request_time_ms'],
  upstream: ['upstream', 'upstream_addr'],
  path: ['path', 'uri', 'request_uri'],
};

/** `other` is a line of the log that tells of no request; a broken one should have, and cannot be read. */
export type ReadLine = (line: string) => LoggedRequest | 'other' | 'broken';

/** Lines that are one JSON object each. */
export function jsonLines(fields: JsonFields): ReadLine {
  return (line) => {
    const value = objectOf(line);
    if (value === undefined) return 'broken';
    const first = (names: readonly string[]) =>
      names.map((name) => value[name]).find((one) => one !== undefined);
    const written = first(fields.status);
    if (written === undefined) return 'other';
    const status = numberOf(written);
    if (status === undefined || !isStatus(status)) return 'broken';
    const milliseconds = numberOf(first(fields.milliseconds));
    const seconds = numberOf(first(fields.seconds));
    const upstream = first(fields.upstream);
    const path = first(fields.path);
    return {
      status,
      duration: milliseconds ?? inMilliseconds(seconds),
      upstream: upstream === undefined ? undefined : answeringOf(String(upstream).split(/[\s,]+/)),
      path: typeof path === 'string' ? withoutQuery(path) : undefined,
    };
  };
}

const COMBINED =
  /^\S+ \S+ [^["]* \[[^\]]*\] "((?:[^"\\]|\\.)*)" (\d{3}) (?:\d+|-)(?: "(?:[^"\\]|\\.)*" "(?:[^"\\]|\\.)*")?(?: (.*))?$/;

/**
 * Lines of nginx's `combined` or `common`. What follows is read by its look, in any order, quoted or as `name=value`:
 * the first number with a fraction is the time in seconds, addresses with a port are upstreams.
 */
export const combinedLine: ReadLine = (line) => {
  const found = COMBINED.exec(line);
  if (found === null) return 'broken';
  const [, request = '', status = '', rest = ''] = found;
  const words = rest.split(/[\s,]+/).map((word) => word.replace(/^\w+=/, '').replace(/^"|"$/g, ''));
  const seconds = words.find((word) => /^\d+\.\d+$/.test(word));
  const path = request.split(' ')[1];
  return {
    status: Number(status),
    duration: inMilliseconds(numberOf(seconds)),
    // nginx writes a dash where it asked nobody.
    upstream: answeringOf(words) ?? (words.includes('-') ? null : undefined),
    path: path === undefined ? undefined : withoutQuery(path),
  };
};

/** The last one tried is the one whose answer the client got. */
const answeringOf = (words: readonly string[]): string | null =>
  words.findLast((word) => /^[\w.:[\]-]*[\w\]]:\d+$/.test(word)) ?? null;

const isStatus = (status: number): boolean => Number.isInteger(status) && status >= 100 && status <= 599;

const inMilliseconds = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : Number((seconds * 1_000).toPrecision(12));

function numberOf(value: unknown): number | undefined {
  if (value === '' || (typeof value !== 'string' && typeof value !== 'number')) return undefined;
  const number = Number(value);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}

function withoutQuery(path: string): string {
  const mark = path.indexOf('?');
  return mark === -1 ? path : path.slice(0, mark);
}

function objectOf(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

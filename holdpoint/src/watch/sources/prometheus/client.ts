import { z } from 'zod';
import { explain, HoldpointError } from '../../../kernel/errors.ts';
import { redact } from '../../../kernel/redaction.ts';
import type { Http } from '../../../system/http.ts';
import { parseNumber } from '../exposition.ts';

export interface TimedValue {
  /** Milliseconds since the epoch, by the server's clock. */
  readonly at: number;
  readonly value: number;
}

/** One series with its samples, the oldest first. */
export interface TimedSeries {
  readonly name: string;
  /** Without the name. */
  readonly labels: ReadonlyMap<string, string>;
  readonly samples: readonly TimedValue[];
}

export interface Matrix {
  readonly series: readonly TimedSeries[];
  /** What the server, or we, had to leave out. */
  readonly notes: readonly string[];
}

export interface PrometheusAccess {
  /** Where the server answers, with its path prefix if it has one. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a bearer token. */
  readonly token?: string;
  readonly http: Http;
}

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** The part of the HTTP API that is needed here. Throws `unreachable`, or `evidence-missing` when it refuses. */
export interface PrometheusClient {
  /** A query whose answer is a matrix, such as a range selector; at the server's present unless `at` says otherwise. */
  query(query: string, limits: Limits, at?: number): Promise<Matrix>;
  queryRange(query: string, span: Span, limits: Limits): Promise<Matrix>;
  /** Labels of the targets that declare a metric, with or without a sample of it. */
  declaring(
    metric: string,
    matching: string,
    limits: Limits,
  ): Promise<readonly ReadonlyMap<string, string>[]>;
}

export interface Limits {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** Of one answer, in bytes: about four million samples. */
const LARGEST = 128_000_000;

const matrix = z.object({
  status: z.literal('success'),
  data: z.object({ resultType: z.literal('matrix'), result: z.array(z.unknown()) }),
  warnings: z.array(z.string()).optional(),
});
const declared = z.object({
  status: z.literal('success'),
  data: z.array(z.object({ target: z.record(z.string(), z.string()) })),
});
const refusal = z.object({ errorType: z.string().optional(), error: z.string() });

export function prometheusClient(access: PrometheusAccess): PrometheusClient {
  const ask = async <Shape>(
    path: string,
    form: Record<string, string>,
    limits: Limits,
    shape: z.ZodType<Shape>,
  ) => readAnswer(access, await exchange(access, path, form, limits), shape);
  return {
    query: async (query, limits, at) =>
      readMatrix(
        await ask('query', { query, ...(at === undefined ? {} : { time: seconds(at) }) }, limits, matrix),
      ),
    queryRange: async (query, { from, to, step }, limits) => {
      const form = { query, start: seconds(from), end: seconds(to), step: seconds(step) };
      return readMatrix(await ask('query_range', form, limits, matrix));
    },
    declaring: async (metric, matching, limits) => {
      const parameters = new URLSearchParams({ metric, match_target: matching });
      const answer = await ask(`targets/metadata?${parameters}`, {}, limits, declared);
      return answer.data.map(({ target }) => new Map(Object.entries(target)));
    },
  };
}

const seconds = (milliseconds: number): string => (milliseconds / 1_000).toFixed(3);

interface Exchanged {
  readonly status: number;
  readonly body: string;
}

async function exchange(
  { url, headers, token, http }: PrometheusAccess,
  path: string,
  form: Record<string, string>,
  { timeout, signal }: Limits,
): Promise<Exchanged> {
  const base = url.endsWith('/') ? url : `${url}/`;
  // Posted, since the names of some hundred replicas are more than an address may hold.
  const posted = Object.keys(form).length > 0;
  try {
    return await http({
      url: `${base}api/v1/${path}`,
      method: posted ? 'POST' : 'GET',
      headers: {
        ...headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(posted ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      },
      ...(posted ? { body: new URLSearchParams(form).toString() } : {}),
      timeout,
      largest: LARGEST,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new HoldpointError('unreachable', `Prometheus gives no answer: ${explain(cause)}`, {
      cause,
      next: 'Look whether the server of `watch.source.url` is up and not overloaded.',
    });
  }
}

function readAnswer<Shape>(
  access: PrometheusAccess,
  { status, body }: Exchanged,
  shape: z.ZodType<Shape>,
): Shape {
  const value = jsonOf(body);
  if (status === 200) {
    const read = shape.safeParse(value);
    if (read.success) return read.data;
    throw new HoldpointError('evidence-missing', 'the answer is not one of the Prometheus HTTP API', {
      next: 'Write the address of the server itself, with its path prefix, in `watch.source.url`.',
    });
  }
  const said = refusal.safeParse(value);
  const reason = said.success
    ? `: ${redact(said.data.error, secretsOf(access)).slice(0, LONGEST_REASON)}`
    : '';
  const busy = status === 429 || status >= 500;
  throw new HoldpointError(
    busy ? 'unreachable' : 'evidence-missing',
    `Prometheus answers ${status}${reason}`,
    {
      next: nextAfter(status),
    },
  );
}

const LONGEST_REASON = 300;

const secretsOf = ({ token, headers }: PrometheusAccess): readonly string[] => [
  ...(token === undefined ? [] : [token]),
  ...Object.values(headers ?? {}),
];

function nextAfter(status: number): string {
  if (status === 401 || status === 403) return 'Give `watch.source` a token that may read these series.';
  if (status === 404) return 'Write the address of the server, with its path prefix, in `watch.source.url`.';
  if (status === 429 || status >= 500)
    return 'Look whether the server is overloaded, or narrow `watch.source.selector`.';
  return 'Correct `watch.source.selector` and the names of the series in `watch`.';
}

function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function readMatrix({ data, warnings = [] }: z.infer<typeof matrix>): Matrix {
  const series = data.result.map(readSeries).filter((one) => one !== undefined);
  const unreadable = data.result.length - series.length;
  const notes = warnings.map((text) => `Prometheus warns: ${redact(text).slice(0, LONGEST_REASON)}`);
  if (unreadable > 0) notes.push(`${unreadable} series of Prometheus's answer are unreadable`);
  return { series, notes };
}

/** By hand, since a schema would take seconds for hundreds of thousands of samples. Native histograms have no `values`. */
function readSeries(value: unknown): TimedSeries | undefined {
  if (!isObject(value) || !isObject(value['metric']) || !Array.isArray(value['values'])) return undefined;
  const { __name__: name, ...others } = value['metric'];
  if (typeof name !== 'string') return undefined;
  const labels = new Map<string, string>();
  for (const [label, held] of Object.entries(others)) {
    if (typeof held !== 'string') return undefined;
    labels.set(label, held);
  }
  const samples: TimedValue[] = [];
  for (const pair of value['values'] as readonly unknown[]) {
    const [at, written]: readonly unknown[] = Array.isArray(pair) ? pair : [];
    const read = typeof written === 'string' ? parseNumber(written) : undefined;
    if (typeof at !== 'number' || read === undefined) return undefined;
    samples.push({ at: Math.round(at * 1_000), value: read });
  }
  return { name, labels, samples };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

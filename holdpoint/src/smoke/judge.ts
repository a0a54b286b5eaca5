import type { Json } from '../kernel/canonical.ts';
import { formatDuration } from '../kernel/durations.ts';
import type { HttpResponse } from '../system/http.ts';
import type { Expectation } from './expectation.ts';
import { differences, type Mismatch, pattern, show } from './matching.ts';

/** Where an answer departs from what a (filled-in) expectation names; empty when it holds. Throws on a bad pattern. */
export function judge(expected: Expectation, response: HttpResponse): readonly Mismatch[] {
  return [
    ...judgeStatus(expected.status ?? '2xx', response.status),
    ...Object.entries(expected.headers ?? {}).flatMap(([name, matcher]) =>
      differences(
        typeof matcher === 'number' ? String(matcher) : matcher,
        headerOf(response, name),
        `header ${name}`,
      ),
    ),
    ...(expected.json === undefined ? [] : judgeJson(expected.json, response.body)),
    ...judgeBody(expected.body, response.body),
    ...(expected.within !== undefined && response.milliseconds > expected.within
      ? [
          {
            path: 'time',
            expected: `within ${formatDuration(expected.within)}`,
            measured: formatDuration(response.milliseconds),
          },
        ]
      : []),
  ];
}

export function headerOf(response: HttpResponse, name: string): string | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(response.headers, key) ? response.headers[key] : undefined;
}

/** The body as JSON, or undefined when it is none. */
export function jsonOf(body: string): Json | undefined {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return undefined;
  }
}

function judgeStatus(expected: NonNullable<Expectation['status']>, status: number): readonly Mismatch[] {
  const holds =
    typeof expected === 'number'
      ? status === expected
      : typeof expected === 'string'
        ? `${Math.floor(status / 100)}xx` === expected
        : expected.includes(status);
  const wanted = typeof expected === 'object' ? expected.join(' or ') : String(expected);
  return holds ? [] : [{ path: 'status', expected: wanted, measured: String(status) }];
}

function judgeJson(expected: Json, body: string): readonly Mismatch[] {
  const json = jsonOf(body);
  if (json !== undefined) return differences(expected, json, 'json');
  return [{ path: 'json', expected: 'JSON', measured: body === '' ? 'an empty body' : show(body) }];
}

function judgeBody(expected: Expectation['body'], body: string): readonly Mismatch[] {
  const wanted = expected?.contains ?? [];
  const missing = (typeof wanted === 'string' ? [wanted] : wanted).filter((part) => !body.includes(part));
  const unmatched = expected?.matches !== undefined && !pattern(expected.matches).test(body);
  return [
    ...missing.map((part) => ({ path: 'body', expected: `contains ${show(part)}`, measured: show(body) })),
    ...(unmatched ? [{ path: 'body', expected: `matches ${expected.matches}`, measured: show(body) }] : []),
  ];
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { combinedLine, jsonLines, KNOWN_FIELDS } from './line.ts';

const json = jsonLines(KNOWN_FIELDS);

test.each([
  [
    // The edge of the example, by pino.
    '{"level":30,"requestId":"a","method":"GET","path":"/api/tools","status":200,"upstream":"127.0.0.1:41001","attempts":1,"ms":12.3,"bytes":5,"msg":"access"}',
    { status: 200, duration: 12.3, upstream: '127.0.0.1:41001', path: '/api/tools' },
  ],
  [
    // The nginx of the example.
    '{"time":"2026-01-01T00:00:00+00:00","path":"/api/tools","status":502,"upstream":"127.0.0.1:41001, 127.0.0.1:41002","seconds":0.005,"bytes":9}',
    { status: 502, duration: 5, upstream: '127.0.0.1:41002', path: '/api/tools' },
  ],
  [
    '{"status":"499","request_time":"1.250","upstream_addr":"[::1]:80","request_uri":"/a?token=b"}',
    { status: 499, duration: 1_250, upstream: '[::1]:80', path: '/a' },
  ],
  ['{"status":404,"upstream":null}', { status: 404, duration: undefined, upstream: null, path: undefined }],
  ['{"status":502,"upstream":""}', { status: 502, duration: undefined, upstream: null, path: undefined }],
  // nginx names the group where it could ask nobody in it.
  [
    '{"status":502,"upstream":"backend"}',
    { status: 502, duration: undefined, upstream: null, path: undefined },
  ],
  ['{"status":200}', { status: 200, duration: undefined, upstream: undefined, path: undefined }],
])('reads %s', (line, request) => {
  expect(json(line)).toStrictEqual(request);
});

test('fields may have other names', () => {
  const own = jsonLines({ ...KNOWN_FIELDS, status: ['code'], milliseconds: ['took'] });
  expect(own('{"code":201,"took":7}')).toMatchObject({ status: 201, duration: 7 });
});

test.each([
  ['{"level":30,"msg":"upstreams taken"}', 'other'],
  ['{"status":"up"}', 'broken'],
  ['{"status":0}', 'broken'],
  ['{"status":200', 'broken'],
  ['[200]', 'broken'],
  ['', 'broken'],
])('%j tells of no request: %s', (line, what) => {
  expect(json(line)).toBe(what);
});

const PLAIN =
  '127.0.0.1 - - [23/Nov/2026:06:00:00 +0000] "GET /api/tools?limit=5 HTTP/1.1" 200 1234 "-" "curl/7.88 \\"quoted\\""';

test.each([
  [PLAIN, { status: 200, duration: undefined, upstream: undefined, path: '/api/tools' }],
  [
    `${PLAIN} 0.125 127.0.0.1:41001`,
    { status: 200, duration: 125, upstream: '127.0.0.1:41001', path: '/api/tools' },
  ],
  [
    `${PLAIN} rt=0.125 ua="127.0.0.1:41001, 127.0.0.1:41002"`,
    { status: 200, duration: 125, upstream: '127.0.0.1:41002', path: '/api/tools' },
  ],
  [`${PLAIN} 0.000 -`, { status: 200, duration: 0, upstream: null, path: '/api/tools' }],
  [
    '::1 - Ada Lovelace [23/Nov/2026:06:00:00 +0000] "\\x16\\x03" 400 - "-" "-"',
    { status: 400, duration: undefined, upstream: undefined, path: undefined },
  ],
  [
    '10.0.0.1 - - [23/Nov/2026:06:00:00 +0000] "GET / HTTP/1.0" 503 0',
    { status: 503, duration: undefined, upstream: undefined, path: '/' },
  ],
])('reads %s', (line, request) => {
  expect(combinedLine(line)).toStrictEqual(request);
});

test('no line makes a reader throw, nor keeps it long', () => {
  const piece = fc.constantFrom(
    '"',
    '\\',
    '[',
    ']',
    ' ',
    '-',
    '200',
    '{',
    '}',
    ':',
    'status',
    '1.5',
    'a:1',
    '\u0000',
  );
  const near = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(fc.oneof(near, fc.string({ unit: 'binary' }), fc.json()), (line) => {
      for (const read of [json(line), combinedLine(line), combinedLine(`${PLAIN}${line}`)]) {
        if (typeof read === 'object') expect(read.status).toBeGreaterThanOrEqual(100);
      }
    }),
    { numRuns: 1_000 },
  );
  for (const filler of ['"', '\\', '- [', 'a ', '"" ']) {
    combinedLine(filler.repeat(64 * 1_024));
    combinedLine(`${PLAIN}${filler.repeat(64 * 1_024)}`);
  }
});

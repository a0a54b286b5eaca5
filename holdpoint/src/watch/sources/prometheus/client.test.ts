import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explain, HoldpointError } from '../../../kernel/errors.ts';
import { digest, replicaId } from '../../../kernel/ids.ts';
import type { Http, HttpRequest } from '../../../system/http.ts';
import type { Replica } from '../../../targets/target.ts';
import { type PrometheusAccess, prometheusClient } from './client.ts';
import { selectorOf } from './selection.ts';

const LIMITS = { timeout: 1_000 };

/** A server that always says the same. */
function saying(body: string, status = 200, more: Partial<PrometheusAccess> = {}) {
  const asked: HttpRequest[] = [];
  const http: Http = async (request) => {
    asked.push(request);
    return { status, headers: {}, body, milliseconds: 1 };
  };
  return { asked, client: prometheusClient({ url: 'http://prometheus/prefix', http, ...more }) };
}
const matrix = (result: readonly unknown[], more: object = {}) =>
  JSON.stringify({ status: 'success', data: { resultType: 'matrix', result }, ...more });
const failure = async (asking: Promise<unknown>) => {
  const error = await asking.then(
    () => expect.fail('it should have been refused'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HoldpointError)) expect.fail(explain(error));
  return error;
};

test('samples are read with their times, whatever numbers they are', async () => {
  const values = [
    [1_700_000_000.123, '5'],
    [1_700_000_001, 'NaN'],
    [1_700_000_002, '+Inf'],
    [1_700_000_003, '1e+06'],
  ];
  const { client } = saying(matrix([{ metric: { __name__: 'a', x: 'y' }, values }]));
  const { series, notes } = await client.query('a[1m]', LIMITS);
  expect(series).toStrictEqual([
    {
      name: 'a',
      labels: new Map([['x', 'y']]),
      samples: [
        { at: 1_700_000_000_123, value: 5 },
        { at: 1_700_000_001_000, value: Number.NaN },
        { at: 1_700_000_002_000, value: Number.POSITIVE_INFINITY },
        { at: 1_700_000_003_000, value: 1_000_000 },
      ],
    },
  ]);
  expect(notes).toStrictEqual([]);
});

test('series that cannot be read are left out and counted, and warnings of a partial answer are passed on', async () => {
  const good = { metric: { __name__: 'a' }, values: [[1, '2']] };
  const odd = [
    null,
    { metric: { __name__: 'native' }, histograms: [] },
    { metric: { x: 'nameless' }, values: [] },
    { metric: { __name__: 'a' }, values: [['1', '2']] },
    { metric: { __name__: 'a' }, values: [[1, 'two']] },
  ];
  const { client } = saying(matrix([good, ...odd], { warnings: ['a store did not answer'] }));
  const { series, notes } = await client.query('a[1m]', LIMITS);
  expect(series).toHaveLength(1);
  expect(notes).toStrictEqual([
    'Prometheus warns: a store did not answer',
    "5 series of Prometheus's answer are unreadable",
  ]);
});

test('it is asked behind its prefix, by POST, with the token', async () => {
  const { asked, client } = saying(matrix([]), 200, { token: 'abc', headers: { 'x-scope-orgid': 'shop' } });
  await client.query('up[1m]', LIMITS, 1_500);
  expect(asked[0]).toMatchObject({
    url: 'http://prometheus/prefix/api/v1/query',
    method: 'POST',
    headers: { authorization: 'Bearer abc', 'x-scope-orgid': 'shop' },
    body: 'query=up%5B1m%5D&time=1.500',
  });
});

test.each([
  [400, { error: 'bad token "s3cret" here' }, 'evidence-missing', /selector/],
  [401, {}, 'evidence-missing', /token/],
  [404, {}, 'evidence-missing', /address of the server/],
  [422, { error: 'too many samples' }, 'evidence-missing', /selector/],
  [429, {}, 'unreachable', /overloaded/],
  [503, { error: 'query timed out' }, 'unreachable', /overloaded/],
])('an answer of %i is told as such, with what to do', async (status, body, code, next) => {
  const { client } = saying(JSON.stringify({ status: 'error', ...body }), status, { token: 's3cret' });
  const error = await failure(client.query('a[1m]', LIMITS));
  expect(error.code).toBe(code);
  expect(error.message).toContain(`Prometheus answers ${status}`);
  expect(error.message).not.toContain('s3cret');
  expect(error.next).toMatch(next);
});

test.each([
  '',
  '<html>',
  '[]',
  '{"status":"success"}',
  '{"status":"success","data":{"resultType":"vector","result":[]}}',
])('what is no answer of its API is refused: %j', async (body) => {
  const error = await failure(saying(body).client.query('a[1m]', LIMITS));
  expect(error).toMatchObject({
    code: 'evidence-missing',
    next: expect.stringMatching(/watch\.source\.url/),
  });
});

test('no answer at all is unreachable, with the cause', async () => {
  const http: Http = () =>
    Promise.reject(new HoldpointError('timeout', 'POST http://prometheus gave no answer within 5 ms'));
  const error = await failure(prometheusClient({ url: 'http://prometheus', http }).query('a', LIMITS));
  expect(error).toMatchObject({ code: 'unreachable', next: expect.stringMatching(/is up/) });
  expect(error.message).toContain('within 5 ms');
});

test('no answer makes it throw anything but an error for the user', async () => {
  const nearly = fc.record({
    status: fc.constantFrom('success', 'error'),
    data: fc.record({
      resultType: fc.constantFrom('matrix', 'vector'),
      result: fc.array(
        fc.oneof(fc.jsonValue(), fc.record({ metric: fc.object(), values: fc.array(fc.jsonValue()) })),
      ),
    }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.json(),
        nearly.map((one) => JSON.stringify(one)),
      ),
      async (body) => {
        await saying(body)
          .client.query('a', LIMITS)
          .catch((error: unknown) => {
            expect(error).toBeInstanceOf(HoldpointError);
          });
      },
    ),
    { numRuns: 1_000 },
  );
});

test('replicas are selected by address or name, with nothing in them read as a pattern', () => {
  const replica = (id: string, address?: string): Replica => ({
    id: replicaId(id),
    service: 'backend',
    revision: { version: '2.0.0', digest: digest('aa') },
    state: 'ready',
    routed: true,
    startedAt: 0,
    ...(address === undefined ? {} : { address }),
  });
  const replicas = [replica('a.1', '127.0.0.1:80'), replica('b"|.*', '10.0.0.1:80'), replica('c')];
  expect(selectorOf(['x', 'y:z'], { selector: ' job="shop", ', replicaLabel: 'instance' }, replicas)).toBe(
    String.raw`{__name__=~"x|y:z",instance=~"a\\.1|127\\.0\\.0\\.1:80|localhost:80|b\"\\|\\.\\*|10\\.0\\.0\\.1:80|c|",job="shop"}`,
  );
});

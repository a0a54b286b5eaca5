import { createServer, type RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { explain } from '../kernel/errors.ts';
import { http } from './http.ts';

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

/** An address where nobody listens. */
async function deserted(): Promise<string> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

test('every status is a result, with lower-case headers, the body, and how long it took', async () => {
  const url = await serve((request, response) => {
    response.writeHead(503, { 'X-Method': request.method, 'X-Sent': request.headers['x-sent'] });
    request.pipe(response);
  });
  const answer = await http({
    url,
    method: 'POST',
    headers: { 'X-Sent': 'a' },
    body: 'ping',
    timeout: 5_000,
  });
  expect(answer).toMatchObject({ status: 503, body: 'ping' });
  expect(answer.headers).toMatchObject({ 'x-method': 'POST', 'x-sent': 'a' });
  expect(answer.milliseconds).toBeGreaterThan(0);
});

test('redirects are shown, and followed only on request', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/there') response.end('arrived');
    else response.writeHead(302, { location: '/there' }).end();
  });
  expect(await http({ url, timeout: 5_000 })).toMatchObject({ status: 302, headers: { location: '/there' } });
  expect(await http({ url, timeout: 5_000, follow: true })).toMatchObject({ status: 200, body: 'arrived' });
});

test.each([
  ['that never begins', () => undefined],
  ['that never ends', (_, response) => response.write('half')],
] as [string, RequestListener][])('an answer %s is a timeout', async (_what, listener) => {
  const url = await serve(listener);
  await expect(http({ url, timeout: 100 })).rejects.toMatchObject({
    code: 'timeout',
    message: `GET ${url} gave no answer within 100 ms`,
  });
});

test('nobody there is unreachable, and the explanation says how', async () => {
  const url = await deserted();
  const error: unknown = await http({ url: `${url}/path?token=s3cr3t`, timeout: 5_000 }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'unreachable', message: `GET ${url} cannot be reached` });
  expect(explain(error)).toContain('ECONNREFUSED');
  expect(explain(error)).not.toContain('s3cr3t');
});

test('a connection that breaks off in the middle is unreachable', async () => {
  const url = await serve((request) => request.socket.destroy());
  await expect(http({ url, timeout: 5_000 })).rejects.toMatchObject({ code: 'unreachable' });
});

test('an abort ends the exchange with its own reason, before it and in the middle of it', async () => {
  const abort = new AbortController();
  const reason = new Error('enough');
  const url = await serve(() => abort.abort(reason));
  await expect(http({ url, timeout: 5_000, signal: abort.signal })).rejects.toBe(reason);
  await expect(http({ url, timeout: 5_000, signal: abort.signal })).rejects.toBe(reason);
});

test.each(['not an address', 'http://', 'ftp://example.com/x'])(
  'what is no address of the web is a matter of the configuration: %j',
  async (url) => {
    await expect(http({ url, timeout: 5_000 })).rejects.toMatchObject({ code: 'configuration' });
  },
);

test('a password in an address is refused without being repeated', async () => {
  const error: unknown = await http({ url: 'http://ada:s3cr3t@127.0.0.1:1/', timeout: 5_000 }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'configuration' });
  expect(explain(error)).not.toContain('s3cr3t');
});

test('an answer longer than allowed is broken off and refused', async () => {
  const url = await serve((_, response) => {
    const more = () => {
      while (response.write('x'.repeat(10_000)));
      response.once('drain', more);
    };
    more();
  });
  const error = await http({ url, timeout: 10_000, largest: 100_000 }).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'unreachable' });
  expect(explain(error)).toContain('longer than 100 kB');
});

test('an answer as long as allowed is read whole, whatever characters its parts end in', async () => {
  const url = await serve((_, response) => {
    const bytes = Buffer.from('ä🙂');
    response.write(bytes.subarray(0, 1));
    setImmediate(() => response.end(bytes.subarray(1)));
  });
  expect((await http({ url, timeout: 5_000, largest: 6 })).body).toBe('ä🙂');
});

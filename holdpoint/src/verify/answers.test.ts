import type { RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Probe } from '../checks/check.ts';
import { HoldpointError } from '../kernel/errors.ts';
import type { Evidence } from '../kernel/verdict.ts';
import { serve } from '../system/serve.fixture.ts';
import { assetsOf } from './dashboard.ts';
import { type Given, json, NEW, nobody, on, real, verify } from './verify.fixture.ts';

describe('verify.database and verify.redis', () => {
  it('do not apply where none is declared', async () => {
    expect(await verify('database')).toMatchObject({ verdict: 'not-applicable' });
    expect(await verify('redis')).toMatchObject({ verdict: 'not-applicable' });
  });

  it('fail when nothing answers there', async () => {
    const gone = await nobody();
    const databaseUrl = `postgres://user:s3cret@${gone}/db`;
    const database = await verify('database', { subject: { databaseUrl } });
    expect(database).toMatchObject({ verdict: 'fail' });
    expect(JSON.stringify(database)).not.toContain('s3cret');
    expect(await verify('redis', { subject: { redisUrl: `redis://${gone}` } })).toMatchObject({
      verdict: 'fail',
    });
  });

  async function redis(password: string): Promise<string> {
    const server = createTcpServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (data) => {
        const words = data.toString();
        if (words.includes('AUTH'))
          socket.write(words.includes(password) ? '+OK\r\n' : '-WRONGPASS invalid\r\n');
        if (words.includes('PING'))
          socket.write(words.includes(password) ? '+PONG\r\n' : '-NOAUTH required\r\n');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const address = server.address();
    return typeof address === 'object' && address !== null ? `127.0.0.1:${address.port}` : '';
  }

  it('ask Redis with its password, and the services for a connection of their own', async () => {
    const at = await redis('open-sesame');
    const address = await serve(json({ dependencies: { redis: 'up' } }));
    const given = { replicas: [on(NEW, 1, { address })] };
    const settings = { report: 'dependencies.redis' };
    const well = await verify('redis', {
      ...given,
      subject: { redisUrl: `redis://:open-sesame@${at}`, settings },
    });
    expect(well).toMatchObject({
      verdict: 'pass',
      summary: 'Redis answers, and 1 replicas report a working connection',
    });
    const wrong = await verify('redis', { ...given, subject: { redisUrl: `redis://:wrong@${at}` } });
    expect(wrong).toMatchObject({ verdict: 'fail', summary: 'Redis refuses: WRONGPASS invalid' });
  });

  it('fail when a service reports no connection, and say nothing when none reports', async () => {
    const at = await redis('');
    const address = await serve(json({ dependencies: { redis: 'down' } }));
    const redisUrl = `redis://${at}`;
    const settings = { report: 'dependencies.redis' };
    const down = await verify('redis', {
      replicas: [on(NEW, 1, { address })],
      subject: { redisUrl, settings },
    });
    expect(down).toMatchObject({
      verdict: 'fail',
      summary: 'backend-1 reports dependencies.redis as "down"',
    });
    expect(await verify('redis', { subject: { redisUrl, settings } })).toMatchObject({
      verdict: 'inconclusive',
    });
  });
});

describe('verify.api', () => {
  it('passes on the declared answer of the new version', async () => {
    const url = `http://${await serve(json({}, 401, { 'x-app-version': '2.0.0' }))}/`;
    const settings = { path: '/api/tools', status: 401, 'version-header': 'X-App-Version' };
    expect(await verify('api', { subject: { url, settings } })).toMatchObject({ verdict: 'pass' });
  });

  it.each([
    ['another status', json({}, 500), /answers 500, not 200/],
    [
      'a page instead of JSON',
      ((_q, r) => r.setHeader('content-type', 'text/html').end()) as RequestListener,
      /text\/html/,
    ],
    ['the old version', json({}, 200, { 'x-app-version': '1.9.0' }), /answered by version 1\.9\.0/],
  ])('fails on %s', async (_what, listener, summary) => {
    const url = `http://${await serve(listener)}`;
    const settings = { path: '/api', versionHeader: 'x-app-version' };
    const evidence = await verify('api', { subject: { url, settings } });
    expect(evidence.verdict).toBe('fail');
    expect(evidence.details?.join('\n')).toMatch(summary);
  });

  it('fails when nothing answers', async () => {
    const url = `http://${await nobody()}`;
    expect(await verify('api', { subject: { url, settings: { path: '/api' } } })).toMatchObject({
      verdict: 'fail',
    });
  });

  it('is broken, not failed, without a path, and names a misspelt setting', async () => {
    await expect(verify('api', { subject: { url: 'http://x' } })).rejects.toMatchObject({
      code: 'configuration',
    });
    const settings = { path: '/', statsu: 200 };
    await expect(verify('api', { subject: { url: 'http://x', settings } })).rejects.toThrow(
      "did you mean 'status'",
    );
  });
});

describe('verify.dashboard', () => {
  const PAGE = `<!doctype html><title>Example</title><!-- <script src="/old.js"></script> -->
    <link rel="stylesheet" href="/style.css"><script type="module" src="./app.js?a=1&amp;b=2"></script>
    <img src='data:image/png;base64,AA=='><a href="/not-loaded">x</a><script src="https://elsewhere.test/x.js"></script>`;

  it('finds what a page loads from its own origin', () => {
    expect(assetsOf(PAGE, 'http://x.test/a/')).toEqual([
      'http://x.test/style.css',
      'http://x.test/a/app.js?a=1&b=2',
    ]);
  });

  const site =
    (missing?: string): RequestListener =>
    (request, response) => {
      if (request.url === missing) response.writeHead(404).end();
      else response.setHeader('content-type', request.url === '/' ? 'text/html' : 'text/plain').end(PAGE);
    };

  it('loads the page with all its files', async () => {
    const url = `http://${await serve(site())}`;
    const evidence = await verify('dashboard', { subject: { url, settings: { contains: 'Example' } } });
    expect(evidence).toMatchObject({
      verdict: 'pass',
      summary: 'the page and the 2 files that it loads are there',
    });
  });

  it('fails when a file of the page is gone, though the page is there', async () => {
    const url = `http://${await serve(site('/style.css'))}`;
    const evidence = await verify('dashboard', { subject: { url } });
    expect(evidence).toMatchObject({ verdict: 'fail', summary: '/style.css answers 404' });
  });
});

describe('verify.login and verify.jobs', () => {
  it('are proven by their journeys', async () => {
    const journey = (id: string): Evidence => ({ verdict: 'pass', summary: id });
    expect(await verify('login', { journey })).toMatchObject({ summary: 'smoke.login' });
    expect(await verify('jobs', { journey, subject: { settings: { journey: 'smoke.work' } } })).toMatchObject(
      {
        summary: 'smoke.work',
      },
    );
  });

  it('are broken, not passed, without the journey', async () => {
    await expect(verify('login')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('every verification', () => {
  it('blames the probe, never the release, when the probe itself cannot ask', async () => {
    const broken: Probe = {
      ...real,
      http: () => {
        const cause = Object.assign(new Error('too many open files'), { code: 'EMFILE' });
        return Promise.reject(new HoldpointError('unreachable', 'cannot be reached', { cause }));
      },
    };
    const given: Given = {
      replicas: [on(NEW, 1, { address: '127.0.0.1:1' })],
      subject: { url: 'http://127.0.0.1:1', settings: {} },
    };
    for (const name of ['health', 'dashboard', 'metrics', 'replicas']) {
      await expect(verify(name, given, broken)).rejects.toMatchObject({ code: 'unreachable' });
    }
  });
});

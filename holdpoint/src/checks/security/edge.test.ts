import type { RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { serve } from '../../system/serve.fixture.ts';
import type { Check } from '../check.ts';
import { look, subject } from '../subject.fixture.ts';
import { cors } from './cors.ts';
import { headers, missingHeaders } from './headers.ts';
import { judgeRateLimit, rateLimit } from './rate-limit.ts';

const ask = async (check: Check, listener: RequestListener, settings = {}) =>
  look(check, subject({ url: `http://${await serve(listener)}`, settings }));

describe('security.rate-limit', () => {
  const limited = (after: number, retryAfter?: string): RequestListener => {
    let count = 0;
    return (_, response) => {
      count += 1;
      if (count <= after) return void response.end('ok');
      if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
      response.writeHead(429).end();
    };
  };
  const settings = { path: '/api/tools', below: 5, burst: 20 };
  it('passes a limit that shows itself in the burst and not before', async () => {
    expect(await ask(rateLimit, limited(10, '30'), settings)).toMatchObject({
      verdict: 'pass',
      summary: 'request 11 got 429 with Retry-After 30, none before',
    });
  });
  it('fails no limit, one that is too low, and one without Retry-After', async () => {
    expect((await ask(rateLimit, limited(100), settings)).summary).toBe(
      'none of 20 requests to /api/tools was refused',
    );
    expect((await ask(rateLimit, limited(4, '1'), settings)).summary).toBe(
      'request 5 was refused, below the limit',
    );
    expect((await ask(rateLimit, limited(10), settings)).summary).toBe('429 came without Retry-After');
    const dated = { sent: 9, firstRefused: 9, retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' };
    expect(judgeRateLimit({ path: '/', below: 5 }, dated).verdict).toBe('pass');
  });
  it('says nothing without a path, and is broken by an edge that is', async () => {
    expect((await ask(rateLimit, limited(1))).verdict).toBe('inconclusive');
    await expect(
      ask(rateLimit, (_, response) => void response.writeHead(502).end(), settings),
    ).rejects.toThrow('answers 502');
    await expect(ask(rateLimit, limited(1), { ...settings, burst: 1e6 })).rejects.toThrow(
      'security.rate-limit.burst',
    );
  });
});

describe('security.cors', () => {
  const allowing =
    (allowed: (origin: string) => string | undefined, credentials = false): RequestListener =>
    (request, response) => {
      const value = allowed(request.headers.origin ?? '');
      if (value !== undefined) response.setHeader('access-control-allow-origin', value);
      if (credentials) response.setHeader('access-control-allow-credentials', 'true');
      response.end();
    };
  const OWN = 'https://app.example.com';
  it('passes when the declared origin is let in and no other', async () => {
    const own = allowing((origin) => (origin === OWN ? origin : undefined), true);
    expect(await ask(cors, own, { origin: `${OWN}/` })).toMatchObject({
      verdict: 'pass',
      summary: 'foreign origin refused in 2 answers, https://app.example.com allowed',
    });
  });
  it('fails an echo, a wildcard, and a declared origin that stays outside', async () => {
    expect(
      (
        await ask(
          cors,
          allowing((origin) => origin),
        )
      ).summary,
    ).toContain('from the foreign https://foreign.invalid is allowed');
    expect(
      (
        await ask(
          cors,
          allowing(() => '*', true),
        )
      ).details,
    ).toContain("the request is answered '*' with credentials");
    expect(
      (
        await ask(
          cors,
          allowing(() => '*'),
        )
      ).verdict,
    ).toBe('fail');
    expect(
      (
        await ask(
          cors,
          allowing(() => undefined),
          { origin: OWN },
        )
      ).details,
    ).toEqual([`the request from ${OWN} is not allowed`, `the preflight from ${OWN} is not allowed`]);
  });
});

const GOOD = {
  'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=()',
};

describe('security.headers', () => {
  it('passes an answer that carries them, and names those that are missing', async () => {
    const sending =
      (values: Record<string, string>): RequestListener =>
      (_, response) =>
        void response.writeHead(200, values).end();
    expect((await ask(headers, sending(GOOD))).summary).toBe(
      '/: all 5 (HSTS goes with TLS only) headers are sent',
    );
    expect((await ask(headers, sending({}), { path: '/app' })).details).toEqual([
      '/app is sent without Content-Security-Policy',
      '/app is sent without frame-ancestors',
      '/app is sent without nosniff',
      '/app is sent without Referrer-Policy',
      '/app is sent without Permissions-Policy',
    ]);
  });
  it('wants HSTS over TLS, a discreet referrer and a policy for scripts', () => {
    expect(missingHeaders(GOOD, true)).toEqual(['Strict-Transport-Security']);
    expect(missingHeaders({ ...GOOD, 'referrer-policy': 'unsafe-url' }, false)).toEqual(['Referrer-Policy']);
    expect(missingHeaders({ ...GOOD, 'referrer-policy': 'unsafe-url, same-origin' }, false)).toEqual([]);
    expect(missingHeaders({ ...GOOD, 'content-security-policy': "frame-ancestors 'none'" }, false)).toEqual([
      'default-src or script-src in the Content-Security-Policy',
    ]);
  });
});

describe('every check that asks the edge', () => {
  it.each([
    ['security.cors', cors],
    ['security.headers', headers],
  ])('%s is broken by a refusal that others caused, and by a broken system', async (_, check) => {
    for (const status of [429, 502]) {
      const asked = ask(check, (__, response) => void response.writeHead(status).end());
      await expect(asked).rejects.toThrow(`answers ${status}`);
    }
  });
  it.each([
    ['security.rate-limit', rateLimit, { path: '/' }],
    ['security.cors', cors, {}],
    ['security.headers', headers, {}],
  ])('%s is broken by silence, and says nothing without an address', async (_, check, settings) => {
    const nobody = subject({ url: 'http://127.0.0.1:1', settings });
    await expect(look(check, nobody)).rejects.toMatchObject({ code: 'unreachable' });
    expect((await look(check, subject({ settings }))).verdict).toBe('inconclusive');
  });
});

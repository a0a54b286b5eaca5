import { describe, expect, it } from 'vitest';
import { serve } from '../../system/serve.fixture.ts';
import { look, subject } from '../subject.fixture.ts';
import { serveTls } from '../tls.fixture.ts';
import { https, judgeHttps } from './https.ts';

const HSTS = 'max-age=31536000; includeSubDomains';

describe('security.https', () => {
  it('passes an edge that redirects, refuses old TLS and sends HSTS', async () => {
    const port = await serveTls((_, response) => response.setHeader('strict-transport-security', HSTS).end());
    const plain = await serve((_, response) =>
      response.writeHead(308, { location: `https://localhost:${port}/` }).end(),
    );
    const of = subject({ url: `https://localhost:${port}`, settings: { http: `http://${plain}/` } });
    expect(await look(https, of)).toMatchObject({
      verdict: 'pass',
      summary: 'plain HTTP redirects (308), TLS 1.2 or newer only, HSTS 365 d',
    });
  });
  it('fails an edge that serves plain HTTP, speaks TLS 1.1 and sends no HSTS', async () => {
    const port = await serveTls((_, response) => response.end(), {
      minVersion: 'TLSv1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    const plain = await serve((_, response) => response.end('hello'));
    const of = subject({ url: `https://localhost:${port}`, settings: { http: `http://${plain}/` } });
    expect((await look(https, of)).details).toEqual([
      'plain HTTP answers 200',
      'TLS 1.1 or older is accepted',
      'there is no Strict-Transport-Security',
    ]);
  });
  it.each([
    [{ status: 301, location: 'http://a/' }, 'plain HTTP answers 301 to http://a/'],
    [{ status: 301, location: 'https://b/' }, 'plain HTTP answers 301 to https://b/'],
    [{ status: 200, location: '' }, 'plain HTTP answers 200'],
  ])('is not led astray by %j', (redirect, summary) => {
    expect(judgeHttps({ min: 0, host: 'a' }, { redirect, old: [], hsts: HSTS })).toMatchObject({
      verdict: 'fail',
      summary,
    });
  });
  it('fails HSTS that is too short or says nothing', () => {
    const judge = (hsts: string) =>
      judgeHttps({ min: 1_000_000, host: 'a' }, { redirect: 'closed', old: [], hsts });
    expect(judge('max-age=999').summary).toBe("HSTS says 'max-age=999'");
    expect(judge('includeSubDomains').verdict).toBe('fail');
    expect(judge('max-age=1000').verdict).toBe('pass');
  });
  it('does not apply to plain HTTP on this machine, fails it elsewhere, and is broken by silence', async () => {
    expect((await look(https, subject({ url: 'http://localhost:1' }))).verdict).toBe('not-applicable');
    expect((await look(https, subject({ url: 'http://app.example.com' }))).verdict).toBe('fail');
    await expect(look(https, subject({ url: 'https://127.0.0.1:1' }))).rejects.toMatchObject({
      code: 'unreachable',
    });
  });
});

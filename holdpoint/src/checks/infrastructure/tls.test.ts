import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { look, NOW, probe, subject, temporaryFolder } from '../subject.fixture.ts';
import { AUTHORITY, serveTls } from '../tls.fixture.ts';
import { judgeTls, tls } from './tls.ts';

async function folderWithAuthority(): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'ca.pem'), AUTHORITY);
  return folder;
}
const settings = { ca: 'ca.pem' };

describe('infrastructure.tls', () => {
  it('passes a chain that holds for the host, with time left', async () => {
    const port = await serveTls((_, response) => response.end());
    const of = subject({ folder: await folderWithAuthority(), settings, url: `https://localhost:${port}` });
    const evidence = await look(tls, of);
    expect(evidence).toMatchObject({
      verdict: 'pass',
      summary: expect.stringMatching(/^localhost: TLSv1\.3, localhost, \d+ d/),
    });
  });
  it('fails an unknown authority, another host, and a certificate that is about to expire', async () => {
    const port = await serveTls((_, response) => response.end());
    const folder = await folderWithAuthority();
    const url = `https://localhost:${port}`;
    expect((await look(tls, subject({ folder, url }))).summary).toContain(
      'the certificate does not hold: its chain is not whole',
    );
    const other = subject({ folder, settings, url: `https://127.0.0.1:${port}` });
    expect((await look(tls, other)).summary).toContain('it is for another host');
    const later = probe(NOW + 99.99 * 365.25 * 86_400_000);
    expect((await look(tls, subject({ folder, settings, url }), later)).summary).toMatch(
      /^the certificate is valid for/,
    );
  });
  it('needs more than the days that are asked for', () => {
    const measured = { protocol: 'TLSv1.3', complaint: undefined, subject: 'a', validUntil: NOW + 1_000 };
    const expected = { now: NOW, host: 'a' };
    expect(judgeTls({ ...expected, min: 999 }, measured).verdict).toBe('pass');
    expect(judgeTls({ ...expected, min: 1_000 }, measured).verdict).toBe('fail');
  });
  it('does not apply to plain HTTP on this machine, and fails it elsewhere', async () => {
    expect((await look(tls, subject({ url: 'http://127.0.0.1:8009' }))).verdict).toBe('not-applicable');
    expect((await look(tls, subject({ url: 'http://app.example.com' }))).verdict).toBe('fail');
    expect((await look(tls, subject())).verdict).toBe('inconclusive');
  });
  it('is broken by a port where nobody listens, or nobody speaks TLS', async () => {
    await expect(look(tls, subject({ url: 'https://127.0.0.1:1' }))).rejects.toMatchObject({
      code: 'unreachable',
    });
    const server = createServer((socket) => socket.on('error', () => undefined).end('hello\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(look(tls, subject({ url }))).rejects.toMatchObject({ code: 'command-failed' });
  });
});

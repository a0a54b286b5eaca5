import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { docker, engineRuns, type Workshop, workshop } from '../docker/engine.fixture.ts';
import { http } from '../http.ts';
import { serve } from '../serve.fixture.ts';
import type { Credentials, FindCredentials } from './credentials.ts';
import { parseReference } from './reference.ts';
import { type RunningRegistry, registryInstalled, startRegistry } from './registry.fixture.ts';
import { registryThrough } from './registry.ts';

const nobody: FindCredentials = () => Promise.resolve(undefined);
const digestOf = (reference: string, credentials: FindCredentials = nobody, plain?: readonly string[]) =>
  registryThrough({ http, credentials, ...(plain === undefined ? {} : { plain }) }).digest(
    parseReference(reference),
  );

const runs = (await engineRuns()) && (await registryInstalled());

describe.runIf(runs)('with a real registry', () => {
  let registry: RunningRegistry;
  let made: Workshop;
  beforeAll(async () => {
    registry = await startRegistry();
    made = workshop();
  });
  afterAll(async () => {
    await made?.clear();
    await registry?.stop();
  });

  it('the digest is the one that the engine was told when it pushed', async () => {
    const reference = `${registry.host}/${made.name}/backend:2.0.0`;
    await made.image(reference);
    expect(await digestOf(reference)).toBeUndefined();
    await docker('push', '--quiet', reference);
    const pushed = await docker('image', 'inspect', '--format', '{{index .RepoDigests 0}}', reference);
    expect(`${registry.host}/${made.name}/backend@${await digestOf(reference)}`).toBe(pushed);
    expect(await digestOf(pushed)).toBe(await digestOf(reference));
  });

  it('a repository or tag that was never pushed is not there, and that is no error', async () => {
    expect(await digestOf(`${registry.host}/${made.name}/nothing:1`)).toBeUndefined();
  });
});

describe.runIf(runs)('with a real registry that asks for a password', () => {
  // The password is `lovelace`, hashed with bcrypt as the registry wants it.
  const LINE = 'ada:$2b$05$EP11VG9Xv5rJuUNCEbe5zeYcgwZB2GS4KI.wEErF/fVf3EwBQOj6q';

  it('a login is let in; without it, or with a wrong one, that is an error', async () => {
    const registry = await startRegistry(LINE);
    onTestFinished(() => registry.stop());
    const reference = `${registry.host}/a:1`;
    const right: Credentials = { kind: 'password', user: 'ada', password: 'lovelace' };
    expect(await digestOf(reference, () => Promise.resolve(right))).toBeUndefined();
    const refused = { code: 'command-failed', message: expect.stringContaining('401') };
    await expect(digestOf(reference)).rejects.toMatchObject(refused);
    const wrong: Credentials = { ...right, password: 'wrong' };
    await expect(digestOf(reference, () => Promise.resolve(wrong))).rejects.toMatchObject(refused);
  });
});

const SHA = `sha256:${'a'.repeat(64)}`;
const ADA: Credentials = { kind: 'password', user: 'ada', password: 'lovelace' };

describe('with a fake registry of recorded answers', () => {
  /** Asks for a token as Docker Hub and ghcr.io do, and gives one to whom `admits` lets in. */
  const tokenServer = (admits: (request: IncomingMessage, body: string) => boolean, scope = true) =>
    serve((request, response) => {
      const host = request.headers.host ?? '';
      const url = new URL(request.url ?? '/', `http://${host}`);
      if (url.pathname === '/token') {
        void bodyOf(request).then((body) => {
          response.statusCode = admits(request, body) ? 200 : 401;
          const asked = url.searchParams.get('scope') ?? new URLSearchParams(body).get('scope') ?? '';
          response.end(JSON.stringify({ token: `t-${asked}` }));
        });
        return;
      }
      if (request.headers.authorization === 'Bearer t-repository:team/a:pull') {
        response.setHeader('docker-content-digest', SHA).end();
        return;
      }
      const words = `realm="http://${host}/token",service="test"${scope ? ',scope="repository:team/a:pull"' : ''}`;
      response.writeHead(401, { 'www-authenticate': `Bearer ${words}` }).end();
    });

  it('a token is fetched for the scope that it asks for, with the login where there is one', async () => {
    const anonymous = await tokenServer(({ headers }) => headers.authorization === undefined);
    expect(await digestOf(`${anonymous}/team/a:1`)).toBe(SHA);
    const asking = Buffer.from('ada:lovelace').toString('base64');
    const known = await tokenServer(({ headers }) => headers.authorization === `Basic ${asking}`, false);
    expect(await digestOf(`${known}/team/a:1`, () => Promise.resolve(ADA))).toBe(SHA);
    await expect(digestOf(`${known}/team/a:1`)).rejects.toMatchObject({ code: 'command-failed' });
  });

  it('an identity token is exchanged for a token', async () => {
    const host = await tokenServer((request, body) => {
      const sent = new URLSearchParams(body);
      return request.method === 'POST' && sent.get('refresh_token') === 'long-lived';
    });
    const identity: Credentials = { kind: 'identity', token: 'long-lived' };
    expect(await digestOf(`${host}/team/a:1`, () => Promise.resolve(identity))).toBe(SHA);
  });

  it('a password is not sent in plain text to a realm that nobody agreed to', async () => {
    const host = await serve((_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://elsewhere.example/token"' }).end();
    });
    await expect(digestOf(`${host}/team/a:1`, () => Promise.resolve(ADA))).rejects.toThrow('in plain text');
  });

  it('a digest that is not told is that of the bytes', async () => {
    const manifest = '{"schemaVersion":2}';
    const host = await serve((request, response) => {
      expect(request.headers.accept).toContain('application/vnd.oci.image.index.v1+json');
      response.end(request.method === 'HEAD' ? '' : manifest);
    });
    const digest = createHash('sha256').update(manifest).digest('hex');
    expect(await digestOf(`${host}/team/a:1`)).toBe(`sha256:${digest}`);
  });

  it.each<[string, (response: ServerResponse) => void, string]>([
    [
      'a digest of no known form',
      (r) => r.setHeader('docker-content-digest', 'md5:1').end(),
      'command-failed',
    ],
    ['a refusal', (r) => r.writeHead(403).end(), 'command-failed'],
    [
      'a challenge of no known kind',
      (r) => r.writeHead(401, { 'www-authenticate': 'Digest' }).end(),
      'command-failed',
    ],
    ['an answer of something else', (r) => r.writeHead(400).end(), 'command-failed'],
    ['too many questions', (r) => r.writeHead(429).end(), 'unreachable'],
    ['a broken registry', (r) => r.writeHead(503).end(), 'unreachable'],
    ['a cut connection', (r) => r.destroy(), 'unreachable'],
  ])('%s is an error and no absent image', async (_, answer, code) => {
    const host = await serve((_request, response) => answer(response));
    await expect(digestOf(`${host}/team/a:1`)).rejects.toMatchObject({ code });
  });

  it('a token server that babbles is an error', async () => {
    const host = await serve((request, response) => {
      if (request.url?.startsWith('/token')) response.end('<html>');
      else {
        const realm = `http://${request.headers.host ?? ''}/token`;
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
      }
    });
    await expect(digestOf(`${host}/team/a:1`)).rejects.toThrow('gave no token: it answered 200');
  });
});

it('a registry that is down is unreachable', async () => {
  await expect(digestOf('127.0.0.1:1/a:1')).rejects.toMatchObject({ code: 'unreachable' });
});

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { run } from '../exec/run.ts';
import { dockerLogins } from './credentials.ts';

async function loginsOf(config: unknown, helper?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-logins-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  if (config !== undefined) {
    await writeFile(
      join(folder, 'config.json'),
      typeof config === 'string' ? config : JSON.stringify(config),
    );
  }
  if (helper !== undefined) {
    const program = join(folder, 'docker-credential-shelf');
    await writeFile(program, `#!/bin/sh\n${helper}\n`);
    await chmod(program, 0o755);
  }
  const path = `${folder}:${process.env['PATH'] ?? ''}`;
  return dockerLogins(run, { DOCKER_CONFIG: folder, PATH: path });
}
const basic = (text: string) => Buffer.from(text).toString('base64');

describe('logins of docker', () => {
  it('are none without a file, and none for a host where nobody logged in', async () => {
    expect(await (await loginsOf(undefined))('ghcr.io')).toBeUndefined();
    const logins = await loginsOf({ auths: { 'ghcr.io': { auth: basic('ada:pw') } } });
    expect(await logins('quay.io')).toBeUndefined();
  });

  it('are found under each form of a key, and a password may hold colons', async () => {
    const logins = await loginsOf({
      auths: {
        'ghcr.io': { auth: basic('ada:p:w') },
        'https://quay.io/v1/': { username: 'bob', password: 'x' },
        'https://index.docker.io/v1/': { identitytoken: 'long' },
        'empty.io': {},
      },
    });
    expect(await logins('ghcr.io')).toEqual({ kind: 'password', user: 'ada', password: 'p:w' });
    expect(await logins('quay.io')).toEqual({ kind: 'password', user: 'bob', password: 'x' });
    expect(await logins('docker.io')).toEqual({ kind: 'identity', token: 'long' });
    expect(await logins('empty.io')).toBeUndefined();
  });

  it('are asked of the helper program that the file names', async () => {
    const answer = `read host; printf '{"Username":"ada","Secret":"of %s"}' "$host"`;
    const one = await loginsOf({ credHelpers: { 'ghcr.io': 'shelf' } }, answer);
    expect(await one('ghcr.io')).toEqual({ kind: 'password', user: 'ada', password: 'of ghcr.io' });
    expect(await one('quay.io')).toBeUndefined();
    const all = await loginsOf({ credsStore: 'shelf' }, `printf '{"Username":"<token>","Secret":"t"}'`);
    expect(await all('quay.io')).toEqual({ kind: 'identity', token: 't' });
  });

  it('are none when the helper knows none, and an error when it fails or babbles', async () => {
    const config = { credsStore: 'shelf' };
    const none = await loginsOf(config, 'echo credentials not found in native keychain; exit 1');
    expect(await none('ghcr.io')).toBeUndefined();
    for (const helper of ['echo locked; exit 1', 'echo hello', 'echo {}', undefined]) {
      await expect((await loginsOf(config, helper))('ghcr.io')).rejects.toMatchObject({
        code: 'command-failed',
      });
    }
  });

  it('are not read from a file that is broken, whose words are not repeated', async () => {
    const logins = await loginsOf('{"auths": {"ghcr.io": {"auth": "c2VjcmV0"');
    await expect(logins('ghcr.io')).rejects.toThrow("docker's config.json cannot be read");
    await expect(logins('ghcr.io')).rejects.not.toThrow('c2VjcmV0');
  });
});

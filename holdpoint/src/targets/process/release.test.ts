import { chmod, cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertRelease, digestTree, resolveRelease } from './release.ts';

let folder: string;
const file = (name: string, content: string) => writeFile(join(folder, '1.0.0', name), content);
const resolve = (version = '1.0.0') => resolveRelease(folder, '{version}', version);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-release-'));
  await mkdir(join(folder, '1.0.0', 'nested'), { recursive: true });
  await file('a.mjs', 'one');
  await file('nested/b.mjs', 'two');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the digest of a release', () => {
  it('is the same for the same content elsewhere', async () => {
    const { digest } = await resolve();
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    await cp(join(folder, '1.0.0'), join(folder, 'copy'), { recursive: true });
    expect(await digestTree(join(folder, 'copy'))).toBe(digest);
  });

  it('changes with content, name, place, permission to run, and links', async () => {
    const path = (name: string) => join(folder, '1.0.0', name);
    const digests = [await digestTree(path('.'))];
    for (const change of [
      () => file('a.mjs', 'ONE'),
      () => rename(path('a.mjs'), path('c.mjs')),
      () => rename(path('c.mjs'), path('nested/c.mjs')),
      () => chmod(path('nested/c.mjs'), 0o755),
      () => symlink('nested/b.mjs', path('link')),
      () => file('empty', ''),
    ]) {
      await change();
      digests.push(await digestTree(path('.')));
    }
    expect(new Set(digests).size).toBe(digests.length);
  });

  it.each(['../1.0.0', 'a/b', '', '.', '-x', 'a b'])("does not take '%s' for a version", async (version) => {
    await expect(resolve(version)).rejects.toMatchObject({ code: 'usage' });
  });

  it('is held against the folder again before anything is started from it', async () => {
    const revision = await resolve();
    await assertRelease(folder, '{version}', revision);
    await file('a.mjs', 'changed');
    await expect(assertRelease(folder, '{version}', revision)).rejects.toMatchObject({ code: 'conflict' });
    await rm(join(folder, '1.0.0'), { recursive: true });
    await expect(assertRelease(folder, '{version}', revision)).rejects.toMatchObject({ code: 'not-found' });
  });
});

import { chmod, mkdir, mkdtemp, readdir, readlink, rm, symlink, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run } from '../exec/run.ts';
import { parseAccount } from './account.ts';
import { binariesFor, placeBinaries } from './binaries.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-placing-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('two processes that place the programs at once get the same whole copy, and leave nothing beside it', async () => {
  const [one, other] = await Promise.all([placeBinaries(folder), placeBinaries(folder)]);
  expect(one).toEqual(other);
  expect(await readdir(folder)).toHaveLength(1);
  const root = dirname(dirname(one.postgres));
  const library = `libpq.${process.platform === 'darwin' ? '5.dylib' : 'so.5'}`;
  await expect(readlink(join(root, 'lib', library))).resolves.toMatch(/^libpq/);
  const version = await run({ program: one.postgres, args: ['--version'], cwd: '/' }, { timeout: 10_000 });
  expect(version.stdout).toContain(`PostgreSQL) ${one.major}.`);

  await truncate(one.postgres, 10);
  await placeBinaries(folder);
  const again = await run({ program: one.postgres, args: ['--version'], cwd: '/' }, { timeout: 10_000 });
  expect(again.exitCode).toBe(0);

  await chmod(root, 0o777);
  await expect(placeBinaries(folder)).rejects.toMatchObject({ code: 'conflict' });
  await rm(root, { recursive: true });
  await mkdir(join(folder, 'elsewhere'));
  await symlink(join(folder, 'elsewhere'), root);
  await expect(placeBinaries(folder)).rejects.toMatchObject({ code: 'conflict' });
});

test('programs of a version that nobody installed are not found', async () => {
  await expect(binariesFor(7)).rejects.toMatchObject({ code: 'not-found' });
});

test('a user is looked up by name in the passwd file', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533:nobody:/nonexistent:/bin/false\n';
  expect(parseAccount(passwd, 'nobody')).toEqual({ uid: 65534, gid: 65533 });
  expect(parseAccount(passwd, 'nobod')).toBeUndefined();
});

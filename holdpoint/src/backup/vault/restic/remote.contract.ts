import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { systemClock } from '../../../system/clock.ts';
import { compareEntries } from '../../set/entries.ts';
import { listTree } from '../../set/tree.ts';
import type { Repository } from './commands.ts';
import { resticVault } from './engine.ts';

/** What has to work across a network, in as few commands of restic as show it. */
export async function keepsAndGivesBack(
  at: Pick<Repository, 'repository' | 'options' | 'environment'>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-remote-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const [tree, into, passwordFile] = [join(folder, 'tree'), join(folder, 'into'), join(folder, 'password')];
  await writeFile(passwordFile, 'x');
  await mkdir(join(tree, 'deep'), { recursive: true });
  await mkdir(into);
  await writeFile(join(tree, 'deep/file'), 'content\n'.repeat(10_000));
  const environment = { ...at.environment, RESTIC_CACHE_DIR: join(folder, 'cache') };
  const vault = resticVault({ ...at, passwordFile, environment, clock: systemClock });
  expect(await vault.list()).toEqual([]);
  const deposit = await vault.begin('b1');
  const stored = await deposit.store('volume:uploads', tree);
  expect(await vault.list()).toEqual([]);
  await deposit.seal('{}\n');
  expect(await vault.list()).toEqual(['b1']);
  expect(await vault.manifest('b1')).toBe('{}\n');
  await vault.fetch('b1', stored, into);
  const [before, after] = [await listTree(tree), await listTree(into)];
  expect(compareEntries(before.entries, after.entries)).toEqual([]);
  await vault.remove('b1');
  await vault.tidy?.();
  expect(await vault.list()).toEqual([]);
}

/** What nobody answers is no empty vault. */
export async function tellsWhenNobodyAnswers(
  at: Pick<Repository, 'repository' | 'options' | 'environment'>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-remote-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, 'x');
  const environment = { ...at.environment, RESTIC_CACHE_DIR: join(folder, 'cache') };
  const vault = resticVault({ ...at, passwordFile, environment, clock: systemClock });
  await expect(vault.list()).rejects.toMatchObject({ code: 'unreachable' });
}

import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  link,
  lutimes,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compareEntries } from '../set/entries.ts';
import { listTree } from '../set/tree.ts';
import type { Vault } from './vault.ts';

/** A vault with nothing in it, and how to damage what lies there. */
export interface VaultStage {
  readonly vault: Vault;
  /** Opens the same place again, as a later process would. */
  reopen(): Vault;
  /** Flips a bit of the largest thing that is stored. */
  flipBit(): Promise<void>;
  /** Cuts the end off the largest thing that is stored. */
  truncate(): Promise<void>;
  /** Takes the largest thing away. */
  lose(): Promise<void>;
  remove(): Promise<void>;
}

type Damage = 'flipBit' | 'truncate' | 'lose';

const LIMIT = 120_000;

/** What every vault has to hold, whatever keeps it; `damages`, where finding some takes an engine too long. */
export function describeVaultContract(
  open: () => Promise<VaultStage>,
  damages: readonly Damage[] = ['flipBit', 'truncate', 'lose'],
): void {
  let stage: VaultStage;
  let folder: string;
  let tree: string;
  let into: string;

  beforeEach(async () => {
    stage = await open();
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-vault-'));
    [tree, into] = [join(folder, 'tree'), join(folder, 'into')];
    await layOut(tree);
    await mkdir(into);
  }, LIMIT);
  afterEach(async () => {
    await stage?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const keep = async (id: string, part = 'volume:uploads') => {
    const deposit = await stage.vault.begin(id);
    const stored = await deposit.store(part, tree);
    const entries = await deposit.write(`${part}.entries`, 'one\ttwo\n\u00e4\n');
    await deposit.seal(`{"id": "${id}"}\n`);
    return { stored, entries };
  };

  describe('keeps', () => {
    test('a tree with owners, modes, times, links and odd names, and gives it back', {
      timeout: LIMIT,
    }, async () => {
      const before = await listTree(tree);
      const { stored, entries } = await keep('b1');
      const later = stage.reopen();
      expect(await later.list()).toEqual(['b1']);
      expect(await later.manifest('b1')).toBe('{"id": "b1"}\n');
      expect(await later.read('b1', entries)).toBe('one\ttwo\n\u00e4\n');
      await later.fetch('b1', stored, into);
      expect(compareEntries(before.entries, (await listTree(into)).entries)).toEqual([]);
      expect(stored.bytes).toBeGreaterThan(0);
    });

    test('an empty tree', { timeout: LIMIT }, async () => {
      await rm(tree, { recursive: true });
      await mkdir(tree, { mode: 0o750 });
      const before = await listTree(tree);
      const { stored } = await keep('b1');
      await stage.reopen().fetch('b1', stored, into);
      expect(compareEntries(before.entries, (await listTree(into)).entries)).toEqual([]);
    });

    test('notes beside a backup, of which the last one counts', { timeout: LIMIT }, async () => {
      await keep('b1');
      expect(await stage.vault.note('b1', 'proof')).toBeUndefined();
      await stage.vault.keepNote('b1', 'proof', 'red');
      await stage.vault.keepNote('b1', 'proof', 'green');
      expect(await stage.reopen().note('b1', 'proof')).toBe('green');
      expect(await stage.vault.list()).toEqual(['b1']);
    });

    test('two parts and two backups apart', { timeout: LIMIT }, async () => {
      const first = await keep('b1');
      await writeFile(join(tree, 'plain.txt'), 'another');
      const changed = await listTree(tree);
      const second = await keep('b2', 'redis:cache');
      expect((await stage.vault.list()).toSorted()).toEqual(['b1', 'b2']);
      await stage.vault.fetch('b2', second.stored, into);
      expect(compareEntries(changed.entries, (await listTree(into)).entries)).toEqual([]);
      await stage.vault.remove('b2');
      await stage.vault.tidy?.();
      expect(await stage.vault.list()).toEqual(['b1']);
      const again = join(folder, 'again');
      await mkdir(again);
      await stage.vault.fetch('b1', first.stored, again);
      expect((await readdir(again)).length).toBe((await readdir(tree)).length);
      await expect(stage.vault.manifest('b2')).rejects.toMatchObject({ code: 'not-found' });
    });
  });

  describe('does not show', () => {
    test('a backup before it is sealed, nor one that was abandoned', { timeout: LIMIT }, async () => {
      expect(await stage.vault.list()).toEqual([]);
      const deposit = await stage.vault.begin('b1');
      await deposit.store('volume:uploads', tree);
      await deposit.write('entries', 'x');
      expect(await stage.reopen().list()).toEqual([]);
      await expect(stage.vault.manifest('b1')).rejects.toMatchObject({ code: 'not-found' });
      await deposit.abandon();
      await keep('b2');
      expect(await stage.reopen().list()).toEqual(['b2']);
    });

    test('what was aborted, and it throws the reason', { timeout: LIMIT }, async () => {
      const deposit = await stage.vault.begin('b1');
      const reason = new Error('enough');
      await expect(deposit.store('volume:uploads', tree, AbortSignal.abort(reason))).rejects.toBe(reason);
      await deposit.abandon();
      expect(await stage.vault.list()).toEqual([]);
    });
  });

  describe('refuses', () => {
    test('a second backup of the same name', { timeout: LIMIT }, async () => {
      await keep('b1');
      await expect(stage.vault.begin('b1')).rejects.toMatchObject({ code: 'conflict' });
    });

    test('names that are none, and what is not there', { timeout: LIMIT }, async () => {
      await expect(stage.vault.begin('../b')).rejects.toMatchObject({ code: 'usage' });
      await keep('b1');
      for (const id of ['b2', '../b1', '']) {
        await expect(stage.vault.manifest(id)).rejects.toMatchObject({ code: 'not-found' });
        await expect(stage.vault.note(id, 'proof')).rejects.toMatchObject({ code: 'not-found' });
        await expect(stage.vault.remove(id)).rejects.toMatchObject({ code: 'not-found' });
      }
    });

    test('to unpack over what lies there', { timeout: LIMIT }, async () => {
      const { stored } = await keep('b1');
      await writeFile(join(into, 'mine'), 'x');
      await expect(stage.vault.fetch('b1', stored, into)).rejects.toMatchObject({ code: 'conflict' });
      expect(await readdir(into)).toEqual(['mine']);
    });
  });

  describe('notices', () => {
    test.each(damages)('%s, and leaves nothing of it behind', { timeout: LIMIT }, async (damage) => {
      const { stored } = await keep('b1');
      await stage[damage]();
      await expect(stage.reopen().fetch('b1', stored, into)).rejects.toMatchObject({ code: 'tampered' });
      expect(await readdir(into)).toEqual([]);
    });
  });
}

/** A tree with everything that a copy may lose. Owners only where they may be given away. */
async function layOut(tree: string): Promise<void> {
  await mkdir(join(tree, 'deep/er'), { recursive: true });
  await mkdir(join(tree, 'empty'), { mode: 0o711 });
  await writeFile(join(tree, 'plain.txt'), 'text\n'.repeat(1000));
  await writeFile(join(tree, 'deep/er/random'), randomBytes(700_000));
  await writeFile(join(tree, 'nothing'), '');
  await writeFile(join(tree, '-dash  and\nline \u00fc'), 'odd');
  await writeFile(Buffer.concat([Buffer.from(`${tree}/`), Buffer.from([0x66, 0xff, 0x67])]), 'no text');
  await writeFile(join(tree, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
  await chmod(join(tree, 'run.sh'), 0o4755);
  await link(join(tree, 'plain.txt'), join(tree, 'second name'));
  await symlink('../nowhere', join(tree, 'deep/dangling'));
  await symlink('/etc/hostname', join(tree, 'deep/absolute'));
  const sparse = await open(join(tree, 'sparse'), 'w');
  await sparse.truncate(20 * 2 ** 20);
  await sparse.write('end', 20 * 2 ** 20 - 3);
  await sparse.close();
  if (process.getuid?.() === 0) {
    await chown(join(tree, 'deep/er/random'), 1003, 1004);
    await chown(join(tree, 'empty'), 4242, 4243);
    await chown(tree, 1001, 1001);
  }
  await lutimes(join(tree, 'deep/dangling'), 1_000_000_000, 1_000_000_000);
  await utimes(join(tree, 'nothing'), 1_234_567_890.123, 1_234_567_890.123);
  await utimes(join(tree, 'empty'), 1_111_111_111, 1_111_111_111);
  await chmod(tree, 0o770);
}

import { appendFile, mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DigestMemory, digestMemory } from './digest-memory.ts';
import { listTree, type Tree } from './tree.ts';

describe('digests that earlier backups have read', () => {
  let folder: string;
  let memory: DigestMemory;
  const data = (...path: readonly string[]): string => join(folder, 'data', ...path);
  const later = (): number => Date.now() + 10_000;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-digests-'));
    memory = digestMemory(join(folder, 'memory'));
    await writeFile(join(folder, 'no folder'), '');
    for (const name of ['one', 'two\ttabs\nand lines', 'drei']) await put(name, `content of ${name}`);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  async function put(name: string, text: string): Promise<void> {
    await mkdir(data(), { recursive: true });
    await writeFile(data(name), text);
  }
  const contents = ({ entries }: Tree) => Object.fromEntries(entries.map((one) => [one.path, one.content]));

  it('are the same as those of a tree that is read anew, whatever the names', async () => {
    const fresh = await listTree(data());
    await memory.keep('volume:uploads', fresh, later());
    const known = await memory.recall('volume:uploads');
    expect([...known.keys()].toSorted()).toEqual(['drei', 'one', 'two\\x09tabs\\x0aand lines']);
    expect(contents(await listTree(data(), { known }))).toEqual(contents(fresh));
  });

  it('spare reading what has not changed', async () => {
    const fresh = await listTree(data());
    await memory.keep('volume:uploads', fresh, later());
    const recalled = await memory.recall('volume:uploads');
    const marked = new Map(
      [...recalled].map(([path, { mark }]) => [path, { mark, content: 'was not read' }] as const),
    );
    expect(contents(await listTree(data(), { known: marked }))).toMatchObject({ one: 'was not read' });
  });

  it.each([
    ['was written to', () => appendFile(data('one'), '!')],
    ['was replaced by one of the same size', () => put('one', 'CONTENT OF ONE')],
    [
      'was written to, and its time set back',
      async () => {
        const { atime, mtime } = await stat(data('one'));
        await writeFile(data('one'), 'content of 1ne');
        await utimes(data('one'), atime, mtime);
      },
    ],
  ])('do not stand for a file that %s', async (_what, change) => {
    await memory.keep('volume:uploads', await listTree(data()), later());
    const before = await stat(data('one'), { bigint: true });
    // Times go on in steps of some milliseconds: until then a change leaves no trace, hence what the next test says.
    for (;;) {
      await change();
      if ((await stat(data('one'), { bigint: true })).ctimeNs !== before.ctimeNs) break;
    }
    const known = await memory.recall('volume:uploads');
    expect(contents(await listTree(data(), { known }))).toEqual(contents(await listTree(data())));
  });

  it('are not kept of a file that was written to a moment before', async () => {
    await memory.keep('volume:uploads', await listTree(data()), Date.now());
    expect((await memory.recall('volume:uploads')).size).toBe(0);
  });

  it('are forgotten where they cannot be read, or were not written so', async () => {
    const [torn, nowhere] = [join(folder, 'torn'), digestMemory(join(folder, 'no folder'))];
    expect((await nowhere.recall('volume:uploads')).size).toBe(0);
    await expect(nowhere.keep('volume:uploads', await listTree(data()), later())).rejects.toThrow();
    await digestMemory(torn).keep('volume:uploads', await listTree(data()), later());
    const file = join(torn, 'volume%3Auploads.digests');
    await writeFile(file, `${(await readFile(file, 'utf8')).slice(0, 100)}\nx\ty\tz\n`);
    expect((await digestMemory(torn).recall('volume:uploads')).size).toBe(0);
  });
});

import { createHash } from 'node:crypto';
import { appendFile, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestArriving } from './arriving.ts';
import type { Entry } from './entries.ts';
import { listTree } from './tree.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const file = (path: string, text: string, seconds: number): Entry => ({
  ...{ kind: 'file', path, content: sha(text), mode: 0o644, uid: 0, gid: 0 },
  ...{ size: text.length, modified: BigInt(seconds) * 1_000_000_000n },
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-arriving-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** As tar does it: the content first, then the time. */
async function unpack(path: string, text: string, seconds: number): Promise<void> {
  await writeFile(join(folder, path), text);
  await utimes(join(folder, path), seconds, seconds);
}

test('files are read as they arrive, each once its time is that of the list', async () => {
  const expected = [file('a', 'first', 1_000), file('b', 'second', 2_000)];
  const arriving = digestArriving(folder, expected, new AbortController().signal);
  await unpack('a', 'first', 1_000);
  // Of the right size, and not of the right time yet.
  await writeFile(join(folder, 'b'), 'secoNd');
  await unpack('b', 'second', 2_000);
  const known = [...(await arriving)].map(([path, { content }]) => [path, content]);
  expect(known).toEqual(expected.map(({ path, content }) => [path, content]));
});

test('what never arrives is waited for until all is said to be there', async () => {
  await unpack('a', 'first', 1_000);
  const expected = [file('never', 'x', 3_000), file('a', 'first', 1_000)];
  const over = new AbortController();
  const arriving = digestArriving(folder, expected, over.signal);
  setImmediate(() => over.abort());
  expect([...(await arriving).keys()]).toEqual([]);
});

test('what is written to after it was read is read again', async () => {
  await unpack('a', 'first', 1_000);
  await unpack('b', 'same', 2_000);
  const before = await listTree(folder);
  const known = new Map(
    before.entries
      .filter(({ kind }) => kind === 'file')
      .map(({ path }) => [path, { content: `known ${path}`, mark: before.marks.get(path) ?? '' }]),
  );
  await appendFile(join(folder, 'a'), ' and more');
  // Back to its time: what the kernel notes of a change cannot be set.
  await utimes(join(folder, 'a'), 1_000, 1_000);
  const { entries } = await listTree(folder, { known });
  expect(entries.find(({ path }) => path === 'a')?.content).toBe(sha('first and more'));
  expect(entries.find(({ path }) => path === 'b')?.content).toBe('known b');
});

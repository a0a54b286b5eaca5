import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readTextIfAny, writeAtomically } from './files.ts';

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'holdpoint-files-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

test('a file is written with its folders, and replaced', async () => {
  const file = join(await folder(), 'deep', 'down', 'state.json');
  await writeAtomically(file, 'one');
  await writeAtomically(file, Buffer.from('two'));
  expect(await readFile(file, 'utf8')).toBe('two');
  expect(await readdir(join(file, '..'))).toEqual(['state.json']);
});

test('a secret is never readable by others, not even while it is written', async () => {
  const file = join(await folder(), 'secret');
  await writeAtomically(file, 'x', 0o600);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

test('a write that cannot be finished leaves the old content and nothing beside it', async () => {
  const here = await folder();
  const file = join(here, 'state.json');
  await writeAtomically(file, 'old');
  const broken = {
    [Symbol.iterator]: () => {
      throw new Error('no more');
    },
  } as unknown as Uint8Array;
  await expect(writeAtomically(file, broken)).rejects.toThrow();
  expect(await readFile(file, 'utf8')).toBe('old');
  expect(await readdir(here)).toEqual(['state.json']);
});

test('what cannot be replaced stays, and the partial file is gone', async () => {
  const here = await folder();
  const occupied = join(here, 'state.json');
  await mkdir(join(occupied, 'in the way'), { recursive: true });
  await expect(writeAtomically(occupied, 'new')).rejects.toThrow();
  expect(await readdir(here)).toEqual(['state.json']);
});

test('writers at the same time leave the whole text of one of them, and readers see no part', async () => {
  const here = await folder();
  const file = join(here, 'state.json');
  const texts = Array.from({ length: 12 }, (_, index) => String(index).repeat(100_000));
  await writeAtomically(file, texts[0] ?? '');
  let writing = true;
  const reading = (async () => {
    while (writing) expect(texts).toContain(await readFile(file, 'utf8'));
  })();
  await Promise.all(texts.map((text) => writeAtomically(file, text)));
  writing = false;
  await reading;
  expect(texts).toContain(await readFile(file, 'utf8'));
  expect(await readdir(here)).toEqual(['state.json']);
});

test('a file that is not there has no text; one that cannot be read is an error', async () => {
  const here = await folder();
  expect(await readTextIfAny(join(here, 'nothing'))).toBeUndefined();
  await writeFile(join(here, 'file'), 'text');
  expect(await readTextIfAny(join(here, 'file'))).toBe('text');
  await expect(readTextIfAny(here)).rejects.toMatchObject({ code: 'EISDIR' });
});

test('what a killed writer left beside a file is removed by the next one, and that of a living one is not', async () => {
  const here = await folder();
  const file = join(here, 'state.json');
  const partial = (pid: number): string => `state.json.${pid}.${randomUUID()}.partial`;
  const [dead, living] = [partial(2 ** 22 + 1), partial(process.pid)];
  for (const name of [dead, living, 'other.json.1.partial']) await writeFile(join(here, name), 'torn');
  await writeAtomically(file, 'new');
  expect((await readdir(here)).sort()).toEqual(['other.json.1.partial', 'state.json', living].sort());
});

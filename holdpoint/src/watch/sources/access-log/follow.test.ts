import { appendFile, copyFile, mkdtemp, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FollowedLog, followLog, withFile } from './follow.ts';
import { readLastLines } from './lines.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-follow-'));
  path = join(folder, 'access.log');
  await writeFile(path, '');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Long enough for a file to be known again by its beginning. */
const line = (name: string) => `${name} ${'.'.repeat(80)}`;
async function read(log: FollowedLog) {
  const lines: (string | undefined)[] = [];
  const notes = await log.read((one) => lines.push(one?.split(' ')[0]));
  return { lines, notes };
}
const write = (...names: readonly string[]) =>
  appendFile(path, names.map((name) => `${line(name)}\n`).join(''));
const nothing = { lines: [], notes: [] };

test('only what comes after the beginning is read, each line once', async () => {
  await write('before');
  const log = await followLog(path);
  expect(await read(log)).toStrictEqual(nothing);
  await write('a', 'b');
  expect(await read(log)).toStrictEqual({ lines: ['a', 'b'], notes: [] });
  expect(await read(log)).toStrictEqual(nothing);
});

test('a line is read when it is whole', async () => {
  await appendFile(path, 'half');
  const log = await followLog(path);
  await appendFile(path, '-whole\r\nnext');
  expect(await read(log)).toStrictEqual({ lines: ['half-whole'], notes: [] });
  await appendFile(path, '\n');
  expect(await read(log)).toStrictEqual({ lines: ['next'], notes: [] });
});

test('a renamed log is read to its end, also what its writer adds before it takes the new one', async () => {
  const log = await followLog(path);
  await write('a');
  await read(log);
  await write('b');
  await rename(path, `${path}.1`);
  expect(await read(log)).toStrictEqual({ lines: ['b'], notes: [] });
  await appendFile(`${path}.1`, `${line('late')}\n`);
  await write('c');
  expect(await read(log)).toStrictEqual({ lines: ['late', 'c'], notes: [] });
  await appendFile(`${path}.1`, `${line('later')}\n`);
  await write('d');
  expect(await read(log)).toStrictEqual({ lines: ['later', 'd'], notes: [] });
  expect(await read(log)).toStrictEqual(nothing);
  await appendFile(`${path}.1`, `${line('long after')}\n`);
  expect(await read(log)).toStrictEqual(nothing);
});

test('a log that is copied and emptied is read to its end in the copy', async () => {
  const log = await followLog(path);
  await write('a');
  await read(log);
  await write('b');
  await copyFile(path, `${path}.1`);
  await truncate(path);
  await write('c');
  expect(await read(log)).toStrictEqual({ lines: ['b', 'c'], notes: [] });
  await write('d');
  expect(await read(log)).toStrictEqual({ lines: ['d'], notes: [] });
});

test('a log that was emptied and has grown beyond its old length is read anew', async () => {
  const log = await followLog(path);
  await write('a');
  await read(log);
  await truncate(path);
  await write('b', 'c', 'd');
  const { lines, notes } = await read(log);
  expect(lines).toStrictEqual(['b', 'c', 'd']);
  expect(notes.join()).toMatch(/last lines before are not counted/);
});

test('a log that is gone is noted, and read when it is back', async () => {
  const log = await followLog(path);
  await write('a');
  await read(log);
  await rm(path);
  expect((await read(log)).notes).toStrictEqual(['access.log is gone']);
  await write('b');
  expect((await read(log)).lines).toStrictEqual(['b']);
});

test('a line of megabytes is told as one that cannot be read, wherever the looks fall', async () => {
  const log = await followLog(path);
  await appendFile(path, `${line('a')}\n${'z'.repeat(1_000_000)}`);
  expect(await read(log)).toStrictEqual({ lines: ['a', undefined], notes: [] });
  await appendFile(path, 'z'.repeat(1_000_000));
  expect(await read(log)).toStrictEqual(nothing);
  await appendFile(path, `\n${line('b')}\n`);
  expect(await read(log)).toStrictEqual({ lines: ['b'], notes: [] });
});

test('a log that does not exist is no log to follow', async () => {
  await expect(followLog(join(folder, 'none.log'))).rejects.toThrow('ENOENT');
});

test('the last lines are whole ones', async () => {
  await write('a', 'b', 'c');
  const lines: (string | undefined)[] = [];
  await withFile(path, (file) =>
    readLastLines(file, 2 * line('a').length + 4, (one) => lines.push(one?.[0])),
  );
  expect(lines).toStrictEqual(['b', 'c']);
});

test('however writes, looks and rotations follow each other, each line is read once and in order', async () => {
  const step = fc.constantFrom('write', 'half', 'look', 'rename', 'copy');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      await rm(folder, { recursive: true, force: true });
      folder = await mkdtemp(join(tmpdir(), 'holdpoint-follow-'));
      path = join(folder, 'access.log');
      await writeFile(path, '');
      await write('before');
      const log = await followLog(path);
      const seen: (string | undefined)[] = [];
      const look = async () => {
        const { lines } = await read(log);
        seen.push(...lines);
      };
      let written = 0;
      let rotated = 0;
      let open = '';
      const end = async () => {
        await appendFile(path, open);
        open = '';
      };
      for (const one of [...steps, 'look'] as const) {
        if (one === 'look') await look();
        else if (one === 'write' || one === 'half') {
          await end();
          const text = `${line(String(written++))}\n`;
          open = one === 'half' ? text.slice(40) : '';
          await appendFile(path, one === 'half' ? text.slice(0, 40) : text);
        } else {
          // Programs that rotate do so between lines, and we look at least once between two rotations.
          await end();
          await look();
          await write(String(written++));
          rotated += 1;
          if (one === 'rename') await rename(path, `${path}.${rotated}`);
          else {
            await copyFile(path, `${path}.${rotated}`);
            await truncate(path);
          }
          if (one === 'rename') await writeFile(path, '');
          await write(String(written++));
          await look();
        }
      }
      await end();
      await look();
      expect(seen).toStrictEqual(Array.from({ length: written }, (_, index) => String(index)));
    }),
    { numRuns: 60 },
  );
});

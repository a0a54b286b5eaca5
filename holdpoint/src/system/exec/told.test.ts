import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from './run.ts';
import { witnessed, witnessTo } from './told.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-told-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('tells each command with its duration and its end, masked, also one that could not start', async () => {
  const file = join(folder, 'commands.jsonl');
  const exec = witnessed(witnessTo(file), run);
  const script = 'process.exit(3)';
  const result = await exec(
    { program: process.execPath, args: ['-e', script, 'postgres://me:hidden@db/app'] },
    { timeout: 30_000 },
  );
  expect(result.exitCode).toBe(3);
  await expect(exec({ program: join(folder, 'missing'), args: [] }, { timeout: 1_000 })).rejects.toThrow();
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const told = lines.map((line): unknown => JSON.parse(line));
  expect(told).toMatchObject([
    { exitCode: 3, words: [process.execPath, '-e', script, 'postgres://me:•••@db/app'] },
    { exitCode: null, words: [join(folder, 'missing')] },
  ]);
});

it('tells of a question that was not answered as of one without an end', async () => {
  const file = join(folder, 'commands.jsonl');
  const witness = witnessTo(file);
  await expect(
    witness(
      ['GET', 'unix:///nowhere'],
      () => Promise.reject(new Error('refused')),
      () => 0,
    ),
  ).rejects.toThrow('refused');
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    exitCode: null,
    words: ['GET', 'unix:///nowhere'],
  });
});

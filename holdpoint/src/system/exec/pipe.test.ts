import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { pipe } from './pipe.ts';

const sh = (script: string) => ({ program: 'sh', args: ['-c', script] });

async function printed(commands: Parameters<typeof pipe>[0], more: object = {}) {
  const chunks: Buffer[] = [];
  const result = await pipe(commands, {
    timeout: 20_000,
    sink: (chunk) => void chunks.push(Buffer.from(chunk)),
    ...more,
  });
  return { ...result, text: Buffer.concat(chunks).toString() };
}

test('each reads what the one before it prints, and the last is heard', async () => {
  const { ends, text } = await printed([sh('printf abc'), { program: 'tr', args: ['a-c', 'x-z'] }]);
  expect(text).toBe('xyz');
  expect(ends.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
});

test('many bytes come through whole, from a file or from here', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-pipe-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const bytes = Buffer.alloc(9_000_001, 'holdpoint ');
  await writeFile(join(folder, 'bytes'), bytes);
  const file = await open(join(folder, 'bytes'));
  const fromFile = await printed([sh('cat'), sh('cat')], { input: file.fd });
  await file.close();
  expect(fromFile.text.length).toBe(bytes.length);
  async function* source() {
    for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
  }
  const fromHere = await printed([sh('cat'), sh('cat')], { source: source() });
  expect(fromHere.text).toBe((await readFile(join(folder, 'bytes'))).toString());
});

test('the failure of any one is told, although the last was content', async () => {
  const { ends } = await printed([sh('echo half; echo broken >&2; exit 3'), sh('cat')]);
  expect(ends).toMatchObject([{ exitCode: 3, stderr: 'broken\n' }, { exitCode: 0 }]);
});

test('a reader that dies ends the one that writes for it', async () => {
  const { ends } = await printed([{ program: 'yes', args: [] }, sh('head -c 10 >/dev/null; exit 4')]);
  expect(ends[1]).toMatchObject({ exitCode: 4 });
  expect(ends[0]?.exitCode !== 0).toBe(true);
});

test('a reader that dies early does not hold up what is fed from here', async () => {
  async function* endless() {
    for (;;) yield Buffer.alloc(65_536);
  }
  const { ends } = await printed([sh('head -c 10 >/dev/null; exit 5')], { source: endless() });
  expect(ends).toMatchObject([{ exitCode: 5 }]);
});

test('a program that is not there is an error, and the others are ended', async () => {
  const commands = [
    { program: 'yes', args: [] },
    { program: 'holdpoint-nowhere', args: [] },
  ];
  await expect(printed(commands)).rejects.toMatchObject({
    code: 'command-failed',
    message: "the program 'holdpoint-nowhere' was not found",
  });
});

test('a timeout is told, an abort throws its reason, and both leave no process', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-pipe-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const pid = join(folder, 'pid');
  const sleeping = [sh(`echo $$ > ${pid}; exec sleep 600`), sh('cat')];
  expect((await printed(sleeping, { timeout: 300 })).timedOut).toBe(true);
  const gone = async (): Promise<void> => {
    const number = (await readFile(pid, 'utf8')).trim();
    await vi.waitFor(() => expect(existsSync(`/proc/${number}`)).toBe(false), { timeout: 5_000 });
  };
  await gone();
  await rm(pid);
  const abort = new AbortController();
  const running = printed(sleeping, { signal: abort.signal });
  await vi.waitFor(async () => expect(await readFile(pid, 'utf8')).toContain('\n'), { timeout: 5_000 });
  abort.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
  await gone();
});

test('an error of the sink ends the pipe and is thrown', async () => {
  const sink = async () => {
    throw new Error('no room');
  };
  await expect(pipe([{ program: 'yes', args: [] }], { timeout: 20_000, sink })).rejects.toThrow('no room');
});

import { appendFile, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileNotifier } from './file.ts';
import { messageAt, type NotifierRig, notifierContract } from './notifier.contract.ts';

async function start(): Promise<NotifierRig & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'notify-'));
  const path = join(folder, 'sub/notifications.jsonl');
  const received = async (): Promise<readonly unknown[]> => {
    if (!(await stat(path).catch(() => undefined))?.isFile()) return [];
    const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as unknown);
  };
  return {
    path,
    notifier: fileNotifier(path),
    received,
    // A folder stands where the file should: also root cannot write it.
    breakIt: async () => void (await mkdir(path, { recursive: true })),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

describe('the file notifier', () => {
  notifierContract(start);

  it('keeps its line whole behind one that was cut off', async () => {
    const rig = await start();
    try {
      await rig.notifier.notify(messageAt('a'), new AbortController().signal);
      await appendFile(rig.path, '{"key":"cut o');
      await rig.notifier.notify(messageAt('b'), new AbortController().signal);
      const lines = (await readFile(rig.path, 'utf8')).split('\n');
      expect(lines[1]).toBe('{"key":"cut o');
      expect(JSON.parse(lines[2] ?? '')).toEqual(messageAt('b'));
    } finally {
      await rig.close();
    }
  });
});

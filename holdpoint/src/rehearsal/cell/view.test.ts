import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { viewOf } from './view.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'holdpoint-view-')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('what a cell shows of this machine', () => {
  it('hides the folders of sockets and queues by their real names, each once', async () => {
    const { hidden } = await viewOf([], join(folder, 'shared'));
    expect(hidden).toContain(await realpath('/tmp'));
    expect(await Promise.all(hidden.map((path) => realpath(path)))).toEqual(hidden);
    expect(new Set(hidden).size).toBe(hidden.length);
  });

  it('shows a release that lies there under its own name and its real one', async () => {
    await mkdir(join(folder, '2.0.0'));
    await symlink('2.0.0', join(folder, 'current'));
    const source = join(folder, '2.0.0');
    const { shown } = await viewOf([join(folder, 'current'), '/usr', join(folder, 'missing')], folder);
    expect(shown).toEqual([
      { source, at: source },
      { source, at: join(folder, 'current') },
    ]);
  });

  it('never shows a hidden folder as a whole', async () => {
    expect((await viewOf(['/tmp', '/'], join(folder, 'shared'))).shown).toEqual([]);
  });

  it.runIf(process.platform === 'linux')(
    'covers the sockets of a folder that shows, and of no other',
    async () => {
      const elsewhere = await realpath(await mkdtemp(join(homedir(), 'holdpoint-view-')));
      const paths = [join(folder, 'shown.sock'), join(elsewhere, 'seen.sock')];
      const servers = await Promise.all(
        paths.map(async (path) => {
          const server = createServer().listen(path);
          await once(server, 'listening');
          return server;
        }),
      );
      try {
        const without = await viewOf([], join(folder, 'shared'));
        // Some people's home is a temporary folder.
        const isSeen = !without.hidden.some((hidden) => elsewhere.startsWith(`${hidden}/`));
        expect(paths.map((path) => without.sockets.includes(path))).toEqual([false, isSeen]);
        const shown = await viewOf([folder], join(folder, 'shared'));
        expect(paths.map((path) => shown.sockets.includes(path))).toEqual([true, isSeen]);
      } finally {
        for (const server of servers) server.close();
        await rm(elsewhere, { recursive: true });
      }
    },
  );
});

import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../system/clock.ts';
import { run } from '../../../system/exec/run.ts';
import { createSet } from '../../set/create.ts';
import { folderSource } from '../../set/folder-source.fixture.ts';
import { archiveVault } from './engine.ts';

const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('tmpfs');
const mount = (path: string, size: string) =>
  run({ program: 'mount', args: ['-t', 'tmpfs', '-o', `size=${size}`, 'none', path] }, { timeout: 10_000 });
const unmount = (path: string) => run({ program: 'umount', args: [path] }, { timeout: 10_000 });
const probe = await mkdtemp(join(tmpdir(), 'holdpoint-disk-'));
const able = (await mount(probe, '1m').catch(() => undefined))?.exitCode === 0;
if (able) await unmount(probe);
await rm(probe, { recursive: true, force: true });
if (!able && !required) console.log('skipped: no file system can be mounted here, so no disk can be filled');

describe.runIf(able || required)('a vault on a small disk', () => {
  let folder: string;
  let disk: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-disk-'));
    disk = join(folder, 'disk');
    await mkdir(disk);
    await mkdir(join(folder, 'tree'));
    expect((await mount(disk, '8m')).exitCode).toBe(0);
  });
  afterEach(async () => {
    await unmount(disk);
    await rm(folder, { recursive: true, force: true });
  });

  const create = () => {
    const tree = folderSource('tree', join(folder, 'tree'), () => Date.now());
    return createSet({
      ...{ vault: archiveVault({ folder: join(disk, 'vault') }), sources: [tree], expected: [tree.name] },
      ...{ system: 'shop', environment: 'production', clock: systemClock, scratch: join(folder, 'scratch') },
    });
  };

  test('that fills up has no backup, and its room back', async () => {
    await writeFile(join(folder, 'tree/random'), randomBytes(20 * 2 ** 20));
    await expect(create()).rejects.toMatchObject({
      code: 'command-failed',
      message: expect.stringMatching(/^no backup was made: volume:tree: the disk of .* filled up/),
    });
    expect(await readdir(join(disk, 'vault'))).toEqual([]);
    await writeFile(join(folder, 'tree/random'), randomBytes(2 ** 20));
    await create();
    expect(await readdir(join(disk, 'vault'))).toHaveLength(1);
  });

  test('that has surely no room is refused before anything is written; holes need none', async () => {
    await writeFile(join(folder, 'tree/random'), randomBytes(40 * 2 ** 20));
    await expect(create()).rejects.toMatchObject({
      code: 'configuration',
      details: [expect.stringMatching(/^needed: about 1\d MiB/), expect.stringMatching(/^free: \d MiB/)],
    });
    await writeFile(join(folder, 'tree/random'), '');
    await truncate(join(folder, 'tree/random'), 400 * 2 ** 20);
    await create();
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../../system/exec/run.ts';
import { findChainFaults } from './chain.ts';
import { NOTE, opened } from './log.fixture.ts';
import { openSqliteLog } from './sqlite.ts';

const SIZE = '1m';

const quick = { timeout: 10_000 };
const mount = (folder: string) =>
  run({ program: 'mount', args: ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'holdpoint-test', folder] }, quick);
const unmount = (folder: string) => run({ program: 'umount', args: [folder] }, quick);

/** Why there can be no small disk here; undefined when there can. */
async function hindrance(): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-disk-'));
  try {
    const { exitCode, stderr } = await mount(folder);
    if (exitCode !== 0) return stderr.trim();
    await unmount(folder);
    return undefined;
  } catch (error) {
    return String(error);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const missing = await hindrance();
const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',').includes('tmpfs');
if (missing !== undefined && !required)
  console.log(`skipped: a full disk, for none can be mounted: ${missing}`);

test.skipIf(missing !== undefined && !required)(
  'a full disk is an error with a next step; nothing is half written, and with room the log goes on',
  async () => {
    expect(missing).toBeUndefined();
    const disk = await mkdtemp(join(tmpdir(), 'holdpoint-disk-'));
    onTestFinished(() => rm(disk, { recursive: true, force: true }));
    expect(await mount(disk)).toMatchObject({ exitCode: 0 });
    onTestFinished(async () => {
      await unmount(disk);
    });
    const ballast = join(disk, 'ballast');
    await writeFile(ballast, Buffer.alloc(512 * 1_024));
    const log = openSqliteLog(join(disk, 'runs.sqlite'));
    onTestFinished(() => log.close());
    await log.append('a', 1, opened());
    const note = { ...NOTE, reason: 'x'.repeat(2_000) };
    let told = 1;
    const fill = async (): Promise<unknown> => {
      for (; told < 10_000; told += 1) await log.append('a', 2, note);
      return undefined;
    };
    const full = { code: 'unreachable', message: expect.stringContaining('its disk is full') };
    await expect(fill()).rejects.toMatchObject({ ...full, next: expect.stringContaining('Make room') });
    // Again and again it is refused, and what was there stays.
    await expect(log.append('a', 3, note)).rejects.toMatchObject(full);
    expect(await log.read('a')).toHaveLength(told);
    expect(findChainFaults(await log.read('a'), await log.head('a'))).toEqual([]);
    await rm(ballast);
    expect(await log.append('a', 4, note)).toMatchObject({ seq: told + 1 });
    const events = await log.read('a');
    expect(events).toHaveLength(told + 1);
    expect(findChainFaults(events, await log.head('a'))).toEqual([]);
  },
);

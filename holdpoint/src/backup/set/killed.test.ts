import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../system/clock.ts';
import { run } from '../../system/exec/run.ts';
import { createSet } from './create.ts';
import { folderSource } from './folder-source.fixture.ts';
import { type Killed, POINTS, vaultOf } from './killed.fixture.ts';
import { listSets } from './list.ts';
import { verifySet } from './verify.ts';

const required = (process.env['HOLDPOINT_REQUIRE'] ?? '').split(',');
const has = async (program: string, ...args: readonly string[]): Promise<boolean> =>
  required.includes(program) ||
  (await run({ program, args }, { timeout: 10_000 }).catch(() => undefined)) !== undefined;
const zstd = await has('zstd', '-V');
const restic = await has('restic', 'version');
if (!zstd) console.log('skipped: there is no zstd on this machine');
if (!restic) console.log('skipped: there is no restic on this machine');

const WHOSE = { system: 'shop', environment: 'production' };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-killed-'));
  await mkdir(join(folder, 'uploads'));
  await writeFile(join(folder, 'password'), 'x');
  for (let file = 0; file < 40; file += 1)
    await writeFile(join(folder, `uploads/${file}`), randomBytes(100_000));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Kills a process that takes a backup; whether it was seen afterwards. */
async function kill(killed: Omit<Killed, 'folder'>): Promise<boolean> {
  const args = [join(import.meta.dirname, 'killed.fixture.ts'), JSON.stringify({ ...killed, folder })];
  const ended = await run({ program: process.execPath, args }, { timeout: 60_000 });
  // One that was not killed would prove nothing; a death by time may come too late.
  if (killed.after === undefined) expect(ended).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  const vault = vaultOf({ ...killed, folder });
  const { sets, damaged } = await listSets(vault, WHOSE);
  expect(damaged).toEqual([]);
  for (const { manifest } of sets) {
    const verified = await verifySet(vault, manifest, join(folder, 'scratch'));
    expect(verified.map(({ evidence }) => evidence)).toMatchObject([{ verdict: 'pass' }]);
  }
  return sets.length > 0;
}

/** The next one has to succeed, and to leave whole backups alone. */
async function createNext(engine: Killed['engine'], before: number): Promise<void> {
  const vault = vaultOf({ engine, folder });
  const uploads = folderSource('uploads', join(folder, 'uploads'), () => Date.now());
  const clock = { ...systemClock, now: () => Date.now() + 60_000 };
  const request = { ...WHOSE, vault, sources: [uploads], expected: [uploads.name], clock };
  await createSet({ ...request, scratch: join(folder, 'scratch') });
  expect(await vault.list()).toHaveLength(before + 1);
  expect(await readdir(join(folder, 'scratch'))).toEqual([]);
}

describe.runIf(zstd)('a process that is killed while it takes a backup', () => {
  test.each(POINTS)('%s: it is whole or not seen, and the next one clears up', async (point) => {
    const seen = await kill({ engine: 'archive', point });
    expect(seen).toBe(point === 'sealed');
    await createNext('archive', seen ? 1 : 0);
    const names = await readdir(join(folder, 'vault'));
    expect(names.filter((name) => name.includes('.partial'))).toEqual([]);
  });

  test('at any moment of storing and sealing', { timeout: 120_000 }, async () => {
    let seen = 0;
    for (const after of [1, 5, 12, 25, 60]) {
      await kill({ engine: 'archive', point: 'storing', after });
      await kill({ engine: 'archive', point: 'sealing', after: after / 6 });
    }
    seen = (await vaultOf({ engine: 'archive', folder }).list()).length;
    await createNext('archive', seen);
  });
});

describe.runIf(restic)('a process that is killed while it fills a repository of restic', () => {
  test.each(['stored', 'sealing'] as const)(
    '%s: nothing is seen, and the next one clears up',
    {
      timeout: 120_000,
    },
    async (point) => {
      expect(await kill({ engine: 'restic', point })).toBe(false);
      await createNext('restic', 0);
      const { stdout } = await run(
        {
          program: 'restic',
          args: ['-r', join(folder, 'vault'), '-p', join(folder, 'password'), 'snapshots', '--json'],
          environment: { RESTIC_CACHE_DIR: join(folder, 'cache') },
        },
        { timeout: 60_000 },
      );
      // A tree, and the manifest with the list of its files.
      expect(JSON.parse(stdout)).toHaveLength(2);
    },
  );
});

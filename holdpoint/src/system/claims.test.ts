import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { abandoned, claim, makeClaimed, releaseClaim } from './claims.ts';
import { run } from './exec/run.ts';
import { writeAtomically } from './files.ts';

let parent = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'holdpoint-claims-'));
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const ours = (name: string): boolean => name.startsWith('work-');

/** The number of a process that has ended. */
async function dead(): Promise<number> {
  const print = { program: process.execPath, args: ['-p', 'process.pid'] };
  return Number((await run(print, { timeout: 20_000 })).stdout);
}

test('what a living process works on is not abandoned, claimed or not', async () => {
  const folder = await makeClaimed(parent, 'work-');
  expect(await abandoned(parent, ours)).toEqual([]);
  await releaseClaim(folder);
  expect(await abandoned(parent, ours)).toEqual([]);
});

test('what a dead process worked on is, also when it was killed before it could claim it', async () => {
  const pid = await dead();
  const unclaimed = join(parent, `work-${pid}-AbC123`);
  const claimed = join(parent, 'work-claimed');
  for (const folder of [unclaimed, claimed]) await mkdir(folder);
  await claim(claimed);
  await writeAtomically(join(claimed, 'owner.json'), JSON.stringify({ host: hostname(), pid }));
  expect((await abandoned(parent, ours)).map((path) => basename(path)).sort()).toEqual(
    [basename(claimed), basename(unclaimed)].sort(),
  );
});

test('what another machine claims, or nobody is named in, is left alone', async () => {
  const pid = await dead();
  const elsewhere = join(parent, `work-${pid}-AbC123`);
  await mkdir(elsewhere);
  await writeAtomically(join(elsewhere, 'owner.json'), JSON.stringify({ host: 'elsewhere', pid }));
  await mkdir(join(parent, 'work-of-somebody'));
  await mkdir(join(parent, `other-${pid}-AbC123`));
  expect(await abandoned(parent, ours)).toEqual([]);
});

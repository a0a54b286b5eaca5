import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldpointError } from '../kernel/errors.ts';

/**
 * Refuses, with `lease-lost`, a fence lower than the highest that was ever admitted to this state folder.
 *
 * Each fence is an empty file of that name, since making one is atomic: were the highest kept as the content of one
 * file, two runs that read, compare and write at once could put the lower one back.
 */
export async function admitFence(state: string, fence: number): Promise<void> {
  const folder = join(state, 'fence');
  await mkdir(folder, { recursive: true });
  const seen = await fencesIn(folder);
  if (!seen.includes(fence) && fence > Math.max(0, ...seen)) {
    await (await open(join(folder, String(fence)), 'w')).close();
  }
  const highest = Math.max(0, ...(await fencesIn(folder)));
  if (fence < highest) {
    throw new HoldpointError('lease-lost', `another run has taken over this target (fence ${highest})`, {
      next: 'Leave the release to the other run; `holdpoint status` shows it.',
    });
  }
  const passed = seen.filter((one) => one < highest);
  await Promise.all(passed.map((one) => rm(join(folder, String(one)), { force: true })));
}

async function fencesIn(folder: string): Promise<readonly number[]> {
  return (await readdir(folder)).map(Number).filter(Number.isFinite);
}

import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readTextIfAny, writeAtomically } from '../system/files.ts';
import { isAlive } from '../system/postgres/postmaster.ts';

const CLAIM = 'owner.json';

/** Marks a folder as this process's work, so that a later one can tell whether it was abandoned. */
export async function claim(folder: string): Promise<void> {
  await writeAtomically(join(folder, CLAIM), JSON.stringify({ host: hostname(), pid: process.pid }));
}

export async function releaseClaim(folder: string): Promise<void> {
  await rm(join(folder, CLAIM), { force: true });
}

/** Folders in `parent` with such a name whose process is dead. What another machine claims is left alone. */
export async function abandoned(
  parent: string,
  matches: (name: string) => boolean,
): Promise<readonly string[]> {
  const names = (await readdir(parent).catch(() => [])).filter(matches);
  const found: string[] = [];
  for (const name of names) {
    const text = await readTextIfAny(join(parent, name, CLAIM)).catch(() => undefined);
    const owner = JSON.parse(text ?? '{}') as { host?: unknown; pid?: unknown };
    if (owner.host === hostname() && typeof owner.pid === 'number' && !isAlive(owner.pid)) {
      found.push(join(parent, name));
    }
  }
  return found;
}

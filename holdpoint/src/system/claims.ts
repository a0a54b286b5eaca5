import { readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readTextIfAny, writeAtomically } from './files.ts';
import { isAlive } from './postgres/postmaster.ts';

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
    const owner = await ownerOf(join(parent, name));
    if (owner.host === hostname() && typeof owner.pid === 'number' && !isAlive(owner.pid)) {
      found.push(join(parent, name));
    }
  }
  return found;
}

/** Folders in `parent` with such a name that nobody has claimed: whoever made one was killed before it could. */
export async function unclaimed(
  parent: string,
  matches: (name: string) => boolean,
): Promise<readonly string[]> {
  const names = (await readdir(parent).catch(() => [])).filter(matches);
  const found: string[] = [];
  for (const name of names) {
    if ((await readTextIfAny(join(parent, name, CLAIM))) === undefined) found.push(join(parent, name));
  }
  return found;
}

async function ownerOf(folder: string): Promise<{ readonly host?: unknown; readonly pid?: unknown }> {
  try {
    return JSON.parse((await readTextIfAny(join(folder, CLAIM))) ?? '{}');
  } catch {
    return {};
  }
}

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { readTextIfAny, writeAtomically } from './files.ts';
import { isAlive } from './postgres/postmaster.ts';

const CLAIM = 'owner.json';

/** A new folder that is claimed. Its name tells the process too: one may be killed before it has claimed anything. */
export async function makeClaimed(parent: string, prefix: string): Promise<string> {
  const folder = await mkdtemp(join(parent, `${prefix}${process.pid}-`));
  await claim(folder);
  return folder;
}

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
    const folder = join(parent, name);
    const owner =
      (await readTextIfAny(join(folder, CLAIM))) === undefined ? namedIn(name) : await ownerOf(folder);
    if (owner.host === hostname() && typeof owner.pid === 'number' && !isAlive(owner.pid)) {
      found.push(folder);
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

interface Owner {
  readonly host?: unknown;
  readonly pid?: unknown;
}

/** Folders of `makeClaimed` lie on this machine's own disk. */
function namedIn(name: string): Owner {
  const pid = /-(\d+)-\w{6}$/.exec(name)?.[1];
  return pid === undefined ? {} : { host: hostname(), pid: Number(pid) };
}

async function ownerOf(folder: string): Promise<Owner> {
  try {
    return JSON.parse((await readTextIfAny(join(folder, CLAIM))) ?? '{}');
  } catch {
    return {};
  }
}

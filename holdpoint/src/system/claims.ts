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
export function abandoned(parent: string, matches: Matches): Promise<readonly string[]> {
  return foldersIn(parent, matches, (name, claimed) => {
    const { host, pid } = claimed === undefined ? namedIn(name) : ownerIn(claimed);
    return host === hostname() && typeof pid === 'number' && !isAlive(pid);
  });
}

/** Folders in `parent` with such a name that nobody has claimed: whoever made one was killed before it could. */
export function unclaimed(parent: string, matches: Matches): Promise<readonly string[]> {
  return foldersIn(parent, matches, (_name, claimed) => claimed === undefined);
}

type Matches = (name: string) => boolean;

async function foldersIn(
  parent: string,
  matches: Matches,
  wanted: (name: string, claimed: string | undefined) => boolean,
): Promise<readonly string[]> {
  const names = (await readdir(parent).catch(() => [])).filter(matches);
  const found: string[] = [];
  for (const name of names) {
    const folder = join(parent, name);
    if (wanted(name, await readTextIfAny(join(folder, CLAIM)))) found.push(folder);
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

function ownerIn(text: string): Owner {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from '../../holdpoint/src/system/exec/processes.ts';
import type { Place } from './place.ts';

/** Takes a place for this process. Answers who has it already, or how to give it back. */
export async function claim(
  place: Place,
): Promise<{ readonly heldBy: number } | { readonly release: () => Promise<void> }> {
  // Beside the folder, which is emptied before anything is laid there.
  const file = `${place.folder}.lock`;
  await mkdir(dirname(file), { recursive: true });
  const own = JSON.stringify(await identify(process.pid));
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      await writeFile(file, own, { flag: 'wx' });
      return { release: () => rm(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = await holderOf(file);
    if (holder !== undefined && (await isAlive(holder))) return { heldBy: holder.pid };
    // Left by one that was killed.
    await rm(file, { force: true });
  }
  throw new Error(`${file} cannot be taken`);
}

async function holderOf(file: string): Promise<ProcessIdentity | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}

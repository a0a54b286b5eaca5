import { readdir, rm } from 'node:fs/promises';
import { HoldpointError } from '../../kernel/errors.ts';

/** Throws `conflict` unless nothing lies in the folder. */
export async function assertEmpty(folder: string): Promise<void> {
  if ((await readdir(folder)).length === 0) return;
  throw new HoldpointError('conflict', `${folder} is not empty`, {
    next: 'Name a folder that is: what lies there would be mixed with the backup.',
  });
}

/** Removes what lies in a folder. Names are bytes: one that is no text would not be found again as one. */
export async function emptyFolder(folder: string): Promise<void> {
  for (const name of await readdir(folder, { encoding: 'buffer' }))
    await rm(Buffer.concat([Buffer.from(`${folder}/`), name]), { recursive: true, force: true });
}

import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { abandoned, makeClaimed } from './claims.ts';

/** Bytes of a socket's path that every system takes. */
const LONGEST = 100;
const PREFIX = 'holdpoint-socket-';

/**
 * A folder for the socket `name`, which nobody but us may enter: in `room`, or in the temporary folder where that path
 * would be too long for a socket. To be removed after use; what a killed process left goes with the next.
 */
export async function makeSocketFolder(
  room: string,
  name: string,
): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const inside = join(room, 's');
  const fits = Buffer.byteLength(join(inside, name)) <= LONGEST;
  if (fits) await mkdir(inside, { mode: 0o700 });
  else {
    for (const left of await abandoned(tmpdir(), (each) => each.startsWith(PREFIX)))
      await rm(left, { recursive: true, force: true });
  }
  const folder = fits ? inside : await makeClaimed(tmpdir(), PREFIX);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

import { mkdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { abandoned, makeClaimed } from '../../system/claims.ts';

const PREFIX = 'holdpoint-backup-';

/**
 * Lends an empty folder for what has to be laid out, gone afterwards. What a process that was killed has left of its
 * own is removed first: it may be as large as everything that is backed up.
 */
export async function withRoom<Result>(
  scratch: string,
  use: (room: string) => Promise<Result>,
): Promise<Result> {
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  const parent = await realpath(scratch);
  for (const left of await abandoned(parent, (name) => name.startsWith(PREFIX)))
    await rm(left, { recursive: true, force: true });
  const claimed = await makeClaimed(parent, PREFIX);
  try {
    // The claim lies beside it, so that it is empty.
    const room = join(claimed, 'room');
    await mkdir(room, { mode: 0o700 });
    return await use(room);
  } finally {
    await rm(claimed, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}

/** The same of several at once, in the order of their parents. */
export function withRooms<Result>(
  [parent, ...others]: readonly string[],
  use: (rooms: readonly string[]) => Promise<Result>,
): Promise<Result> {
  if (parent === undefined) return use([]);
  return withRoom(parent, (room) => withRooms(others, (rooms) => use([room, ...rooms])));
}

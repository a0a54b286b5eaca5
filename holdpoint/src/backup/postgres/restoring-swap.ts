import { readdir, rename } from 'node:fs/promises';
import { HoldpointError } from '../../kernel/errors.ts';
import type { ServerControl } from '../../system/postgres/control.ts';
import type { Replacement } from './replacement.ts';
import { exists, holds } from './restoring-place.ts';
import { syncFolder } from './store.ts';

export async function foundSwapped({ place, run, digest }: Replacement): Promise<string | undefined> {
  if (!(await holds(place.data, run, digest))) return undefined;
  return `the restored data is in place; what was there before is ${place.safety}`;
}

/**
 * Two renames, each found done or not: the present data moves aside, the restored copy takes its place.
 * Throws `conflict` while a server works on the data, or when something else is in the way.
 */
export async function swap(replacement: Replacement): Promise<string> {
  const { place, run, digest, server } = replacement;
  if (!(await holds(place.data, run, digest))) {
    await assertStopped(server, place.data);
    if (!(await holds(place.beside, run, digest))) {
      throw new HoldpointError('conflict', `no restored copy lies in ${place.beside}`, {
        next: 'Lay the backup beside the data again.',
      });
    }
    if (!(await exists(place.safety))) await moveAside(replacement);
    else if (await isInTheWay(place.data)) {
      throw new HoldpointError('conflict', `somebody made ${place.data} anew while its data was replaced`, {
        next: `Stop what made it, move ${place.data} away, and go on.`,
        details: [`the data from before: ${place.safety}`, `the restored data: ${place.beside}`],
      });
    }
    await rename(place.beside, place.data);
  }
  await syncFolder(place.parent);
  return (await foundSwapped(replacement)) ?? '';
}

/** Something that keeps the server running may start it again between our look and our rename. */
async function moveAside({ place, server }: Replacement): Promise<void> {
  await rename(place.data, place.safety);
  try {
    // A process has moved with the folder; a container names the folder's old place.
    for (const path of [place.safety, place.data]) await assertStopped(server, path);
  } catch (error) {
    await rename(place.safety, place.data);
    throw error;
  }
}

async function assertStopped(server: ServerControl, data: string): Promise<void> {
  const working = await server.working(data);
  if (working === undefined) return;
  throw new HoldpointError('conflict', `a server works on ${data}, ${working.words}`, {
    next: 'Stop what started it again, and go on; database.restore.stop can keep it from being started.',
  });
}

/** An empty folder is replaced by a rename; it holds nobody's data. */
async function isInTheWay(path: string): Promise<boolean> {
  return (await exists(path)) && (await readdir(path)).length > 0;
}

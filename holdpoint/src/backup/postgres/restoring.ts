import type { RunId } from '../../kernel/ids.ts';
import { formatBytes } from '../../kernel/quantities.ts';
import type { ServerControl } from '../../system/postgres/control.ts';
import type { RestoreStep } from '../backup.ts';
import type { Replacement } from './replacement.ts';
import { compareRestored } from './restoring-compare.ts';
import { layBeside } from './restoring-lay.ts';
import { holds, placeOf } from './restoring-place.ts';
import { assertReplaceable } from './restoring-refusals.ts';
import { foundStarted, startOnRestored } from './restoring-start.ts';
import { foundStopped, stopForReplacement } from './restoring-stop.ts';
import { foundSwapped, swap } from './restoring-swap.ts';
import type { Stored } from './store.ts';

/**
 * The steps that put a backup into the place of the server's data. What each finds, it finds on the disk and among the
 * processes, so that any of them may be asked or repeated after a kill. Throws `configuration` for what cannot be
 * replaced like this, `usage` on an odd run.
 */
export async function restoringSteps(
  server: ServerControl,
  stored: Stored,
  run: RunId,
): Promise<readonly RestoreStep[]> {
  const { folder, manifest, digest, summary } = stored;
  const place = await placeOf(await server.data(), run);
  const replacement = { server, run, id: summary.id, folder, manifest, digest, place };
  await assertReplaceable(replacement);
  const size = formatBytes(manifest.bytes);
  return [
    {
      name: 'lay-beside',
      title: `lay ${size} of the backup ${summary.id} beside the data, which stays in use`,
      async perform(signal) {
        const found = await foundLaid(replacement);
        if (found !== undefined) return found;
        await layBeside(replacement, signal);
        return `${manifest.files.length} files, ${size}, compared with their digests, in ${place.beside}`;
      },
      found: () => foundLaid(replacement),
    },
    {
      name: 'stop-server',
      title: `stop the server of ${place.data}`,
      perform: (signal) => stopForReplacement(replacement, signal),
      found: () => foundStopped(replacement),
    },
    {
      name: 'swap',
      title: `keep the present data as ${place.safety}, and put the restored data in its place`,
      perform: () => swap(replacement),
      found: () => foundSwapped(replacement),
    },
    {
      name: 'start-server',
      title: 'start the server on the restored data',
      perform: (signal) => startOnRestored(replacement, signal),
      found: () => foundStarted(replacement),
    },
    {
      name: 'compare',
      title: 'compare the restored server with the backup',
      perform: (signal) => compareRestored(replacement, signal),
      // Reading changes nothing, so nothing on the machine could show that it was done.
      found: async () => undefined,
    },
  ];
}

async function foundLaid({ place, run, digest }: Replacement): Promise<string | undefined> {
  if (await holds(place.data, run, digest)) return `the restored data is ${place.data} already`;
  return (await holds(place.beside, run, digest)) ? `a whole copy lies in ${place.beside}` : undefined;
}

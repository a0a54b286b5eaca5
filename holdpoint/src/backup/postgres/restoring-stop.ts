import type { Replacement } from './replacement.ts';
import { howBefore, keepNotes } from './restoring-notes.ts';
import { exists, holds } from './restoring-place.ts';

export async function foundStopped({ place, run, digest, server }: Replacement): Promise<string | undefined> {
  if (await holds(place.data, run, digest)) return 'the server was stopped for its data to be replaced';
  if ((await server.working(place.data)) !== undefined) return undefined;
  // Between two renames there is no data directory that a server could work on.
  const noted = (await exists(place.notes)) || !(await exists(place.data));
  return noted ? `no server runs on ${place.data}` : undefined;
}

/** Writes down how the server runs, then stops it. Throws `timeout`, `command-failed`. */
export async function stopForReplacement(replacement: Replacement, signal: AbortSignal): Promise<string> {
  const found = await foundStopped(replacement);
  if (found !== undefined) return found;
  const { place, server } = replacement;
  const working = await server.working(place.data);
  await keepNotes(replacement, working !== undefined);
  if (working === undefined) return `no server ran on ${place.data}`;
  return server.stop(place.data, await howBefore(replacement), signal);
}

import type { Json } from '../../kernel/canonical.ts';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';
import type { Replacement } from './replacement.ts';
import { exists } from './restoring-place.ts';

type Noting = Pick<Replacement, 'place' | 'server'>;

/** Writes down how the server runs, or ran last, before it is stopped. */
export async function keepNotes({ place, server }: Noting, runs: boolean): Promise<void> {
  // Once it has stopped, nobody knows its port and its log any more.
  if (!runs && (await exists(place.notes))) return;
  const how = await server.how(place.data);
  if (how !== undefined) await writeAtomically(place.notes, `${JSON.stringify(how)}\n`, 0o600);
}

/** How the server ran before it was stopped: by the notes, else as its own files tell. */
export async function howBefore({ place, server }: Noting): Promise<Json | undefined> {
  const text = await readTextIfAny(place.notes);
  if (text !== undefined) return JSON.parse(text) as Json;
  return (await server.how(place.safety)) ?? server.how(place.data);
}

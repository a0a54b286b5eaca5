import { z } from 'zod';
import type { Command } from '../../system/exec/command.ts';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';
import { type HowItRan, howItRan } from '../../system/postgres/how-it-ran.ts';
import { exists, type Place } from './restoring-place.ts';

const notesSchema = z.object({
  program: z.string(),
  options: z.string(),
  port: z.int().optional(),
  log: z.string().optional(),
});

/** Writes down how the server runs, or ran last, before it is stopped. */
export async function keepNotes(place: Place, runs: boolean): Promise<void> {
  // Once it has stopped, nobody knows its port and its log any more.
  if (!runs && (await exists(place.notes))) return;
  const how = await howItRan(place.data);
  if (how !== undefined) await writeAtomically(place.notes, `${JSON.stringify(how)}\n`, 0o600);
}

/** How the server ran before it was stopped: by the notes, else as its own files tell. */
export async function howBefore(place: Place): Promise<HowItRan | undefined> {
  const text = await readTextIfAny(place.notes);
  if (text !== undefined) return notesSchema.parse(JSON.parse(text));
  return (await howItRan(place.safety)) ?? howItRan(place.data);
}

/** Words of a specification as a command, which runs as ourselves. */
export function commandOf(words: readonly string[], folder: string): Command {
  const [program = '', ...args] = words;
  return { program, args, cwd: folder };
}

import { rm } from 'node:fs/promises';
import { z } from 'zod';
import { type RunId, runId } from '../../kernel/ids.ts';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';

const note = z.object({ backup: z.string(), work: z.string() });

/** `restore-20260301T200000Z` */
export const workId = (what: string, at: number): RunId =>
  runId(`${what}-${new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')}`);

/**
 * Names a restore, by the same name when it was cut off and is begun again with the same backup: the sources find by it
 * what they have already exchanged, and do not take a half-restored server's data for what has to be kept.
 */
export async function noted<Result>(
  file: string,
  backup: string,
  now: number,
  restore: (work: RunId) => Promise<Result>,
): Promise<Result> {
  const before = parsed(await readTextIfAny(file));
  const work = before?.backup === backup ? runId(before.work) : workId('restore', now);
  await writeAtomically(file, `${JSON.stringify({ backup, work })}\n`);
  const result = await restore(work);
  await rm(file, { force: true });
  return result;
}

function parsed(text: string | undefined): z.output<typeof note> | undefined {
  try {
    return text === undefined ? undefined : note.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

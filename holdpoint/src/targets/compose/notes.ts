import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { digest } from '../../kernel/ids.ts';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';

/** What is known of a container beside what it says itself: its labels cannot change once it is made. */
const noteSchema = z.strictObject({
  /** It was told to stop. */
  draining: z.literal(true).exactOptional(),
  /** The release that it has become a part of since, without being made anew. */
  kept: z.strictObject({ version: z.string(), digest: z.string().transform(digest) }).exactOptional(),
  /** Where it answered: one that has stopped has no address any more, and the edge may still list it. */
  address: z.string().exactOptional(),
});

export type Note = z.output<typeof noteSchema>;

export interface Notes {
  all(): Promise<ReadonlyMap<string, Note>>;
  /** Adds to what is noted of a container. */
  add(container: string, note: Note): Promise<void>;
  /** The edge lists its address no more; somebody else may get it now. */
  forgetAddress(container: string): Promise<void>;
  remove(container: string): Promise<void>;
}

export function notes(state: string): Notes {
  const folder = join(state, 'containers');
  const fileOf = (container: string): string => join(folder, `${container}.json`);
  const read = async (file: string): Promise<Note | undefined> => {
    const text = await readTextIfAny(file);
    return text === undefined ? undefined : noteSchema.parse(JSON.parse(text));
  };
  return {
    async all() {
      const names = await readdir(folder).catch(() => []);
      const found = await Promise.all(
        names.map(async (name) => {
          const container = /^([0-9a-f]{64})\.json$/.exec(name)?.[1];
          const note = container === undefined ? undefined : await read(join(folder, name));
          return container === undefined || note === undefined ? [] : [[container, note] as const];
        }),
      );
      return new Map(found.flat());
    },
    async add(container, note) {
      const before = await read(fileOf(container));
      await writeAtomically(fileOf(container), `${JSON.stringify({ ...before, ...note })}\n`);
    },
    async forgetAddress(container) {
      const { address, ...left } = (await read(fileOf(container))) ?? {};
      if (address !== undefined) await writeAtomically(fileOf(container), `${JSON.stringify(left)}\n`);
    },
    remove: (container) => rm(fileOf(container), { force: true }),
  };
}

import { join } from 'node:path';
import { readTextIfAny, writeAtomically } from '../../system/files.ts';
import { changedAt, type KnownFile, type Tree } from './tree.ts';

/**
 * Digests of files that earlier backups have read. A file is known by its inode, size and both of its times, as backup
 * programs do; whoever writes to it changes at least one. Kept on this machine, outside every backup, and never needed.
 */
export interface DigestMemory {
  recall(source: string): Promise<ReadonlyMap<string, KnownFile>>;
  /** `at`: when the look at the tree began, in milliseconds since the Unix epoch. */
  keep(source: string, tree: Tree, at: number): Promise<void>;
}

/**
 * Milliseconds for which a file has to have been left alone to be remembered: clocks of file systems tick in steps, and
 * a second write within one of them would leave no trace.
 */
const SETTLED = 2_000;
const LINE = /^([0-9a-f]{64})\t(\d+ \d+ -?\d+ -?\d+)\t([^\t]+)$/;

/** In a folder, a file for each source. What cannot be read is forgotten. */
export function digestMemory(folder: string): DigestMemory {
  const fileOf = (source: string): string => join(folder, `${encodeURIComponent(source)}.digests`);
  return {
    async recall(source) {
      const text = await readTextIfAny(fileOf(source)).catch(() => undefined);
      const known = new Map<string, KnownFile>();
      for (const line of text?.split('\n') ?? []) {
        const [, content, mark, path] = LINE.exec(line) ?? [];
        if (content !== undefined && mark !== undefined && path !== undefined)
          known.set(path, { content, mark });
      }
      return known;
    },
    async keep(source, { entries, marks }, at) {
      const latest = BigInt(at - SETTLED) * 1_000_000n;
      let text = '';
      for (const { kind, path, content } of entries) {
        const mark = marks.get(path);
        if (kind === 'file' && mark !== undefined && changedAt(mark) < latest)
          text += `${content}\t${mark}\t${path}\n`;
      }
      await writeAtomically(fileOf(source), text, 0o600);
    },
  };
}

import { setTimeout as wait } from 'node:timers/promises';
import { type Entry, unescapeName } from './entries.ts';
import { CHUNK, type KnownFile, pacer, readKnown } from './tree.ts';

/** Milliseconds until a file that has not arrived is looked for again. */
const LOOK = 10;

/**
 * Reads files while they are unpacked, in the order of the list, and resolves with those that it got to once `over`
 * aborts. A file has arrived when its size and time are those of the list: the time is set last, and writing to it
 * afterwards would set another. Whatever comes in another order is left to whoever looks when all is there.
 */
export async function digestArriving(
  folder: string,
  expected: readonly Entry[],
  over: AbortSignal,
): Promise<ReadonlyMap<string, KnownFile>> {
  const known = new Map<string, KnownFile>();
  const buffer = Buffer.allocUnsafe(CHUNK);
  const rest = pacer(over);
  try {
    for (const { kind, path, size, modified } of expected) {
      if (kind !== 'file') continue;
      const at = Buffer.concat([Buffer.from(`${folder}/`), unescapeName(path)]);
      for (;;) {
        await rest();
        const isWhole = (stat: { size: bigint; mtimeNs: bigint }): boolean =>
          Number(stat.size) === size && stat.mtimeNs === modified;
        const read = await readKnown(at, isWhole, buffer, rest);
        if (read !== undefined) known.set(path, read);
        if (read !== undefined || over.aborted) break;
        await wait(LOOK, undefined, { signal: over });
      }
      if (over.aborted) break;
    }
  } catch {
    // Aborted, or not readable yet: it is read again, and told, once all is there.
  }
  return known;
}

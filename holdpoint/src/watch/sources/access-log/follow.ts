import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { lastLineOf, type OnLine, type Position, readLines } from './lines.ts';

/** Reads what was written to a log since the last time, wherever it was rotated to. */
export interface FollowedLog {
  /** Notes tell what may be missing. */
  read(onLine: OnLine): Promise<readonly string[]>;
}

/** How far a file was read. Names move when logs are rotated; its number and its beginning do not. */
interface Place extends Position {
  readonly device: number;
  readonly inode: number;
  /** The first bytes: a file that was emptied in its place begins anew. */
  readonly head: Buffer;
}

const HEAD = 256;
/** Bytes of a beginning that tell one file from another. */
const TELLING = 64;

/** Begins at the present end of the file. Throws what the system says when it cannot be opened. */
export async function followLog(path: string): Promise<FollowedLog> {
  let current = await withFile(path, async (file) => ({
    ...(await identityOf(file)),
    ...(await lastLineOf(file)),
  }));
  let leaving: readonly Place[] = [];
  return {
    read: async (onLine) => {
      // Writers let go of a rotated file some time after it has its new name: it is read once more, and as long as it grows.
      const growing: Place[] = [];
      for (const place of leaving) {
        const now = await readOn(await whereabouts(path, place), place, onLine);
        if (now !== undefined && now.offset > place.offset) growing.push(now);
      }
      leaving = growing;
      if (await isAt(path, current)) {
        current = (await readOn(path, current, onLine)) ?? current;
        return [];
      }
      const moved = await whereabouts(path, current);
      const rest = await readOn(moved, current, onLine);
      const fresh = await withFile(path, identityOf).catch(absent);
      if (fresh === undefined) {
        // Between the rename and the new file there is none at the path.
        current = rest ?? current;
        return rest === undefined ? [`${basename(path)} is gone`] : [];
      }
      if (rest !== undefined) leaving = [...growing, rest];
      const anew = { ...fresh, offset: 0, skipping: false };
      current = (await readOn(path, anew, onLine)) ?? anew;
      return rest === undefined
        ? [`${basename(path)} was replaced: the last lines before are not counted`]
        : [];
    },
  };
}

/** Undefined when there is no such file any more. */
async function readOn(path: string | undefined, place: Place, onLine: OnLine): Promise<Place | undefined> {
  if (path === undefined) return undefined;
  return await withFile(path, async (file) => ({
    ...(await identityOf(file)),
    ...(await readLines(file, place, onLine)),
  })).catch(absent);
}

/** Where the file, or the copy that was made before it was emptied, is now. */
async function whereabouts(path: string, place: Place): Promise<string | undefined> {
  const folder = dirname(path);
  const stem = basename(path).split('.')[0] ?? '';
  const names = (await readdir(folder)).filter((name) => name.startsWith(stem)).sort();
  let copy: string | undefined;
  for (const name of names) {
    const candidate = join(folder, name);
    if (await isAt(candidate, place)) return candidate;
    if (place.head.length >= TELLING && (await begins(candidate, place))) copy ??= candidate;
  }
  return copy;
}

async function isAt(path: string, place: Place): Promise<boolean> {
  const same = await withFile(path, async (file) => {
    const { ino, dev } = await file.stat();
    return ino === place.inode && dev === place.device && (await beginsWith(file, place));
  }).catch(absent);
  return same ?? false;
}

const begins = async (path: string, place: Place): Promise<boolean> =>
  (await withFile(path, (file) => beginsWith(file, place)).catch(absent)) ?? false;

async function beginsWith(file: FileHandle, { head, offset }: Place): Promise<boolean> {
  const { size } = await file.stat();
  return size >= offset && (await headOf(file, head.length)).equals(head);
}

async function identityOf(file: FileHandle): Promise<Pick<Place, 'device' | 'inode' | 'head'>> {
  const { ino, dev } = await file.stat();
  return { device: dev, inode: ino, head: await headOf(file, HEAD) };
}

async function headOf(file: FileHandle, length: number): Promise<Buffer> {
  if (length === 0) return Buffer.alloc(0);
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), { position: 0 });
  return buffer.subarray(0, bytesRead);
}

export async function withFile<Value>(
  path: string,
  use: (file: FileHandle) => Promise<Value>,
): Promise<Value> {
  const file = await open(path, 'r');
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

/** A file may be gone, or be a folder, between two glances; whatever else fails is told. */
function absent(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'EISDIR') return undefined;
  throw error;
}

import { createHash } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { HoldpointError } from '../../kernel/errors.ts';
import { type Entry, escapeName, unescapeName } from './entries.ts';

/** Milliseconds for which others have to wait at the most. */
const SLICE = 8;
export const CHUNK = 2 ** 20;

/** A file that was read: its SHA-256, and its mark from before. */
export interface KnownFile {
  readonly content: string;
  readonly mark: string;
}

/** A tree as it lies on the disk, the folder itself first, then by path. */
export interface Tree {
  readonly entries: readonly Entry[];
  readonly files: number;
  /** Of the files' contents; a file with several names counts once. */
  readonly bytes: number;
  /** Bytes that it takes on the disk: less where files have holes. */
  readonly allocated: number;
  /** What would change with any write, also one that sets the time back: compare two looks at a living folder. */
  readonly marks: ReadonlyMap<string, string>;
}

/**
 * Lists a tree; `digests: false` leaves the files unread and their content empty. Sockets are left out, since no copy
 * of one is of use. A file that goes meanwhile is left out too. Reads with synchronous calls, which cost a third of
 * the others for a tree of small files, in slices that let timers and pipes come to their turn.
 */
export async function listTree(
  folder: string,
  options: {
    readonly digests?: boolean;
    /** Files by path that were read already; they are not read again unless their mark has changed. */
    readonly known?: ReadonlyMap<string, KnownFile>;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<Tree> {
  const { digests = true, known, signal } = options;
  const entries: Entry[] = [];
  const marks = new Map<string, string>();
  const names = new Map<string, string>();
  const buffer = Buffer.allocUnsafe(CHUNK);
  const rest = pacer(signal);
  let [files, bytes, allocated] = [0, 0, 0];
  const top = Buffer.from(folder);
  const waiting: { readonly at: Buffer; readonly path: string }[] = [{ at: top, path: '.' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { at, path } = next;
    await rest();
    const stat = present(() => lstatSync(at, { bigint: true }));
    if (stat === undefined || stat.isSocket()) continue;
    const hardlink = stat.isFile() && stat.nlink > 1n ? `${stat.dev}:${stat.ino}` : undefined;
    const first = hardlink === undefined ? undefined : names.get(hardlink);
    const mark = markOf(stat);
    const before = known?.get(path);
    const content =
      first ?? (before?.mark === mark ? before.content : await contentOf(at, stat, digests, buffer, rest));
    if (content === undefined) continue;
    if (hardlink !== undefined && first === undefined) names.set(hardlink, path);
    const entry = entryOf(path, stat, content, first !== undefined);
    entries.push(entry);
    marks.set(path, mark);
    bytes += entry.size;
    if (entry.kind === 'file') files += 1;
    if (first === undefined) allocated += Number(stat.blocks) * 512;
    if (stat.isDirectory()) waiting.push(...inside(at, path));
  }
  return { entries, files, bytes, allocated, marks };
}

/** Names that were there in only one of two looks at a folder, or were written to between them. */
export function changedBetween(before: Tree, after: Tree): readonly string[] {
  const all = new Set([...before.marks.keys(), ...after.marks.keys()]);
  return [...all].filter((path) => before.marks.get(path) !== after.marks.get(path));
}

/**
 * The same of a folder as it lies there now. While nothing has changed it costs half as much: only what is known is
 * looked at, since whatever came or went has changed the folder that it was in.
 */
export async function changedSince(
  folder: string,
  before: Tree,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const rest = pacer(signal);
  for (const [path, mark] of before.marks) {
    await rest();
    const at = path === '.' ? folder : Buffer.concat([Buffer.from(`${folder}/`), unescapeName(path)]);
    const stat = present(() => lstatSync(at, { bigint: true }));
    if (stat === undefined || markOf(stat) !== mark)
      return changedBetween(before, await listTree(folder, { digests: false, signal }));
  }
  return [];
}

/** Backwards, since the next one is taken from the end. */
function inside(folder: Buffer, path: string): readonly { readonly at: Buffer; readonly path: string }[] {
  const names = present(() => readdirSync(folder, { encoding: 'buffer' })) ?? [];
  return names
    .toSorted((a, b) => Buffer.compare(b, a))
    .map((name) => {
      const escaped = escapeName(name);
      return {
        at: Buffer.concat([folder, Buffer.from('/'), name]),
        path: path === '.' ? escaped : `${path}/${escaped}`,
      };
    });
}

function entryOf(path: string, stat: BigIntStats, content: string, again: boolean): Entry {
  const file = stat.isFile();
  const kind = file ? (again ? 'hard' : 'file') : stat.isDirectory() ? 'folder' : otherKind(stat);
  return {
    ...{ kind, path, content, mode: Number(stat.mode) & 0o7777, modified: stat.mtimeNs },
    ...{ uid: Number(stat.uid), gid: Number(stat.gid) },
    size: file && !again ? Number(stat.size) : 0,
  };
}

const otherKind = (stat: BigIntStats): Entry['kind'] =>
  stat.isSymbolicLink() ? 'link' : stat.isFIFO() ? 'fifo' : 'device';

async function contentOf(
  at: Buffer,
  stat: BigIntStats,
  digests: boolean,
  buffer: Buffer,
  rest: () => Promise<void>,
): Promise<string | undefined> {
  if (stat.isSymbolicLink()) {
    const target = present(() => readlinkSync(at, { encoding: 'buffer' }));
    return target === undefined ? undefined : escapeName(target);
  }
  if (stat.isBlockDevice() || stat.isCharacterDevice()) return String(stat.rdev);
  return stat.isFile() && digests ? await digestOf(at, buffer, rest) : '';
}

/** Undefined for anything but a regular file, and when `isWhole` says that it is not yet. */
export async function readKnown(
  at: Buffer,
  isWhole: (stat: BigIntStats) => boolean,
  buffer: Buffer,
  rest: () => Promise<void>,
): Promise<KnownFile | undefined> {
  const stat = present(() => lstatSync(at, { bigint: true }));
  if (stat === undefined || !stat.isFile() || !isWhole(stat)) return undefined;
  const content = await digestOf(at, buffer, rest);
  return content === undefined ? undefined : { content, mark: markOf(stat) };
}

async function digestOf(at: Buffer, buffer: Buffer, rest: () => Promise<void>): Promise<string | undefined> {
  const file = present(() => openSync(at, constants.O_RDONLY | constants.O_NOFOLLOW));
  if (file === undefined) return undefined;
  try {
    const hash = createHash('sha256');
    for (;;) {
      const read = readSync(file, buffer, 0, buffer.length, null);
      if (read > 0) hash.update(buffer.subarray(0, read));
      if (read < buffer.length) {
        // A short read need not be the end, but no bytes are.
        if (read === 0) return hash.digest('hex');
      }
      await rest();
    }
  } finally {
    closeSync(file);
  }
}

const markOf = ({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  `${ino} ${size} ${mtimeNs} ${ctimeNs}`;

/** When a file was last written to by its mark, whatever its time was set to: nanoseconds since the Unix epoch. */
export const changedAt = (mark: string): bigint => BigInt(mark.slice(mark.lastIndexOf(' ') + 1));

/** Lets others have their turn once a slice is over. */
export function pacer(signal: AbortSignal | undefined): () => Promise<void> {
  let until = performance.now() + SLICE;
  return async () => {
    if (performance.now() < until) return;
    await turn();
    signal?.throwIfAborted();
    until = performance.now() + SLICE;
  };
}

/** Undefined when it has gone meanwhile. */
function present<Value>(look: () => Value): Value | undefined {
  try {
    return look();
  } catch (cause) {
    const { code, path } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new HoldpointError('command-failed', `${String(path)} cannot be read`, {
      cause,
      next: 'Run as a user who may read all of it, such as root.',
    });
  }
}

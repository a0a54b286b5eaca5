import { HoldpointError } from '../../kernel/errors.ts';

export type EntryKind = 'file' | 'folder' | 'link' | 'hard' | 'fifo' | 'device';

/** One thing in a tree, as its line in the list of entries has it. */
export interface Entry {
  readonly kind: EntryKind;
  /** Below the tree's folder, bytes that no text can hold as `\xNN`; `.` is the folder itself. */
  readonly path: string;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of a file, 0 of all else. */
  readonly size: number;
  /** Nanoseconds since the Unix epoch. */
  readonly modified: bigint;
  /** SHA-256 of a file; where a link points to; the first name of a hard link; a device's number. */
  readonly content: string;
}

const LETTERS: Readonly<Record<EntryKind, string>> = {
  file: 'f',
  folder: 'd',
  link: 'l',
  hard: 'h',
  fifo: 'p',
  device: 'c',
};
const KINDS = new Map(Object.entries(LETTERS).map(([kind, letter]) => [letter, kind as EntryKind]));

/** `f 0644 1001:1001 12 1690000000000000000 <content> <path>`, separated by tabs: neither has one in it. */
export function formatEntries(entries: readonly Entry[]): string {
  // One string that grows: arrays of lines and of their words would take several times the room of the text.
  let text = '';
  for (const { kind, path, mode, uid, gid, size, modified, content } of entries) {
    const permissions = mode.toString(8).padStart(4, '0');
    text += `${LETTERS[kind]}\t${permissions}\t${uid}:${gid}\t${size}\t${modified}\t${content}\t${path}\n`;
  }
  return text;
}

/** Throws `tampered` on a line that nobody has written so. */
export function parseEntries(text: string): readonly Entry[] {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw torn(lines.length + 1);
  return lines.map((line, index) => {
    const found = /^([a-z])\t([0-7]{4})\t(\d+):(\d+)\t(\d+)\t(-?\d+)\t([^\t]*)\t([^\t]+)$/.exec(line);
    const [, letter = '', mode = '', uid, gid, size, modified = '', content = '', path = ''] = found ?? [];
    const kind = KINDS.get(letter);
    if (kind === undefined) throw torn(index + 1);
    return {
      ...{ kind, path, content, mode: Number.parseInt(mode, 8), modified: BigInt(modified) },
      ...{ uid: Number(uid), gid: Number(gid), size: Number(size) },
    };
  });
}

const torn = (line: number): HoldpointError =>
  new HoldpointError('tampered', `line ${line} of the list of files cannot be read`);

/** What differs, a line each with the path first: missing, extra, or changed and in what. Empty when nothing does. */
export function compareEntries(
  expected: readonly Entry[],
  found: readonly Entry[],
  { owners = true }: { readonly owners?: boolean } = {},
): readonly string[] {
  const there = new Map<string, Entry>();
  for (const entry of found) there.set(entry.path, entry);
  const differences: string[] = [];
  for (const entry of expected) {
    const other = there.get(entry.path);
    there.delete(entry.path);
    if (other === undefined) differences.push(`${entry.path} is missing`);
    else if (!isSame(entry, other)) {
      const changed = changesOf(entry, other).filter((what) => owners || what !== 'owner');
      if (changed.length > 0) differences.push(`${entry.path} has another ${changed.join(', ')}`);
    }
  }
  for (const path of there.keys()) differences.push(`${path} was not in the backup`);
  return differences;
}

/** Nearly all are, and what differs is looked for only in the others. */
const isSame = (one: Entry, other: Entry): boolean =>
  one.kind === other.kind &&
  one.size === other.size &&
  one.content === other.content &&
  one.mode === other.mode &&
  one.uid === other.uid &&
  one.gid === other.gid &&
  one.modified === other.modified;

function changesOf(one: Entry, other: Entry): readonly string[] {
  if (one.kind !== other.kind) return ['kind'];
  const named = one.kind === 'link' || one.kind === 'hard' ? 'target' : 'content';
  return [
    ...(one.size === other.size ? [] : ['size']),
    ...(one.content === other.content ? [] : [named]),
    // The permissions of a symbolic link mean nothing, and its time cannot be set everywhere.
    ...(one.mode === other.mode || one.kind === 'link' ? [] : ['mode']),
    ...(one.uid === other.uid && one.gid === other.gid ? [] : ['owner']),
    ...(one.modified === other.modified || one.kind === 'link' ? [] : ['time']),
  ];
}

/** Names that need no escape, which nearly all are. */
const PLAIN = /^[ -[\]-~]*$/;

/** Bytes of a name as text that goes back into the same bytes: UTF-8 stays readable, the rest becomes `\xNN`. */
export function escapeName(name: Buffer): string {
  const latin = name.toString('latin1');
  if (PLAIN.test(latin)) return latin;
  const text = name.toString('utf8');
  const whole = Buffer.from(text, 'utf8').equals(name);
  return Array.from(whole ? text : latin, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const plain = code >= 0x20 && code !== 0x7f && character !== '\\' && (whole || code < 0x7f);
    return plain ? character : `\\x${code.toString(16).padStart(2, '0')}`;
  }).join('');
}

export function unescapeName(text: string): Buffer {
  if (!text.includes('\\')) return Buffer.from(text, 'utf8');
  const parts = text.split(/(\\x[0-9a-f]{2})/);
  return Buffer.concat(
    parts.map((part) =>
      /^\\x[0-9a-f]{2}$/.test(part) ? Buffer.from(part.slice(2), 'hex') : Buffer.from(part, 'utf8'),
    ),
  );
}

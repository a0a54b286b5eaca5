import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { formatBytes } from '../../kernel/quantities.ts';
import type { Evidence } from '../../kernel/verdict.ts';
import { type Copied, digestFile, inParallel } from './copying.ts';
import type { CopiedFile } from './data-copy.ts';
import { FILES, type Manifest } from './manifest.ts';
import { CONTROL_FILE } from './selection.ts';
import { walSegments } from './wal.ts';

const SHOWN = 20;

type Entry = Manifest['files'][number];

/** What is wrong with one file, or undefined. */
export function differenceOf(entry: Entry, found: Copied | undefined): string | undefined {
  if (found === undefined) return `${entry.path}: missing`;
  if (found.bytes !== entry.bytes) return `${entry.path}: ${found.bytes} bytes instead of ${entry.bytes}`;
  if (found.sha256 !== entry.sha256) return `${entry.path}: content differs`;
  return undefined;
}

/**
 * Pure: what a backup cannot do without. Lacking its label, a copy starts from whatever checkpoint the control file
 * names, comes up without a complaint, and is silently wrong when that checkpoint is younger than the copy's start.
 */
export function incomplete({ files, consistency, server }: Manifest): readonly string[] {
  const { timeline, startLsn, stopLsn } = consistency;
  const segments = walSegments(timeline, startLsn, stopLsn, server.walSegmentSize);
  const needed = ['backup_label', CONTROL_FILE, ...segments.map((name) => `pg_wal/${name}`)];
  const listed = new Set(files.map((file) => file.path));
  return needed.filter((path) => !listed.has(path)).map((path) => `${path}: not in the backup`);
}

/** Every difference between a backup's files and its manifest, both ways, all bytes read that were not just read. */
export async function differences(
  folder: string,
  manifest: Manifest,
  signal?: AbortSignal,
  known: readonly CopiedFile[] = [],
): Promise<readonly string[]> {
  const read = new Map(known.map((file) => [file.path, file]));
  const wrong: string[] = [...incomplete(manifest), ...(await unlisted(folder, manifest))];
  await inParallel(manifest.files, 4, async (entry) => {
    const found =
      read.get(join(FILES, entry.path)) ??
      (await ifPresent(digestFile(join(folder, FILES, entry.path), signal)));
    const difference = differenceOf(entry, found);
    if (difference !== undefined) wrong.push(difference);
  });
  return wrong.sort();
}

/** Files that the manifest does not know: a restored server would read them all the same. */
export async function unlisted(folder: string, manifest: Manifest): Promise<readonly string[]> {
  const listed = new Set(manifest.files.map((file) => file.path));
  const root = join(folder, FILES);
  const entries = (await ifPresent(readdir(root, { recursive: true, withFileTypes: true }))) ?? [];
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !listed.has(path))
    .map((path) => `${path}: not in the manifest`);
}

/** The outcome as evidence: `fail` names the files. */
export function verification(manifest: Manifest, wrong: readonly string[]): Evidence {
  const size = `${manifest.files.length} files, ${formatBytes(manifest.bytes)}`;
  if (wrong.length === 0) {
    return { verdict: 'pass', summary: `every file is as it was written: ${size}`, measured: size };
  }
  return {
    verdict: 'fail',
    summary: `${wrong.length} files of the backup are not what was written`,
    details: wrong.slice(0, SHOWN),
    expected: size,
    next: 'Take a new backup, and look after the disk that holds this one.',
  };
}

/** What the promise yields, or undefined when there is no such file or folder. */
export async function ifPresent<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  return reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
}

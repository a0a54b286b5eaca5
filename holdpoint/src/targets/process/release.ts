import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { HoldpointError } from '../../kernel/errors.ts';
import { type Digest, digest } from '../../kernel/ids.ts';
import type { Revision } from '../target.ts';

/** Names that are safe as a folder, a file and a part of a step's name. */
const VERSION = /^[A-Za-z0-9][\w.+-]*$/;

export function releaseFolder(folder: string, pattern: string, version: string): string {
  return resolve(folder, pattern.replaceAll('{version}', version));
}

/** The revision of a release folder. Throws `usage` on an impossible version, `not-found` where no folder is. */
export async function resolveRelease(folder: string, pattern: string, version: string): Promise<Revision> {
  if (!VERSION.test(version)) {
    throw new HoldpointError('usage', `'${version}' is not a version`, {
      next: 'Write letters, digits, dots, dashes, underscores and plus signs only.',
    });
  }
  const path = releaseFolder(folder, pattern, version);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) {
    throw new HoldpointError('not-found', `there is no release ${version} at ${path}`, {
      next: 'Put the release into that folder, or name one that is there.',
    });
  }
  return { version, digest: await digestTree(path) };
}

/** Throws `not-found` or `conflict` unless the folder still holds exactly this revision. */
export async function assertRelease(folder: string, pattern: string, revision: Revision): Promise<void> {
  const now = await resolveRelease(folder, pattern, revision.version);
  if (now.digest === revision.digest) return;
  const path = releaseFolder(folder, pattern, revision.version);
  throw new HoldpointError(
    'conflict',
    `release ${revision.version} has changed since it was resolved: ${path} is no longer ${revision.digest.slice(0, 8)}`,
    { next: 'Restore the folder, or release its new content under a version of its own.' },
  );
}

/**
 * SHA-256 over the sorted entries of a folder: kind, path, and what the file holds or where the link points.
 * Names and lengths are framed, so that no two trees share a byte sequence.
 */
export async function digestTree(root: string): Promise<Digest> {
  const hash = createHash('sha256');
  for (const path of (await entriesOf(root)).sort((a, b) => (a < b ? -1 : 1))) {
    const status = await lstat(path);
    const name = relative(root, path).split(sep).join('/');
    if (status.isSymbolicLink()) add(hash, 'link', name, await readlink(path));
    else if (status.isFile()) {
      add(hash, (status.mode & 0o100) === 0 ? 'file' : 'program', name, await digestFile(path));
    }
  }
  return digest(hash.digest('hex'));
}

const add = (hash: Hash, ...words: readonly string[]): unknown => hash.update(`${JSON.stringify(words)}\n`);

async function entriesOf(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

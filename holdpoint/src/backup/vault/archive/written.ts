import { createHash } from 'node:crypto';
import { type FileHandle, open, rm, statfs } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { HoldpointError } from '../../../kernel/errors.ts';
import { type Digest, digest } from '../../../kernel/ids.ts';

export interface Written {
  readonly bytes: number;
  readonly digest: Digest;
}

/** Bytes after which the disk is told to begin, so that the end has little left to wait for. */
const SYNC_EVERY = 64 * 2 ** 20;
const CHUNK = 2 ** 21;
/** Milliseconds until the end of a file that grows is looked at again. */
const LOOK = 20;

/**
 * Lends an open file that programs write into, and resolves once all of it is on the disk, with the digest of what
 * lies there. A file that could not be completed is removed; a full disk is `command-failed`.
 *
 * The programs write by themselves, and the digest follows them: a process that is busy with something else would
 * hold them up if their bytes went through it.
 */
export async function writeThrough(path: string, use: (output: number) => Promise<void>): Promise<Written> {
  const file = await open(path, 'wx+', 0o600);
  const ended = new AbortController();
  try {
    const following = follow(file, ended.signal);
    // Awaited only once the programs have ended.
    following.catch(() => undefined);
    await use(file.fd).finally(() => ended.abort());
    const written = await following;
    await file.sync();
    return written;
  } catch (error) {
    await rm(path, { force: true });
    throw fullDisk(path, error) ?? error;
  } finally {
    await file.close();
  }
}

/** Reads a file that grows, until its writers have ended and its end was seen after that. */
async function follow(file: FileHandle, ended: AbortSignal): Promise<Written> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK);
  let [bytes, synced] = [0, 0];
  let syncing: Promise<unknown> = Promise.resolve();
  for (;;) {
    const last = ended.aborted;
    const { bytesRead } = await file.read(buffer, 0, CHUNK, bytes);
    hash.update(buffer.subarray(0, bytesRead));
    bytes += bytesRead;
    if (bytesRead === 0 && last) break;
    if (bytesRead < CHUNK && !last) await wait(LOOK, undefined, { signal: ended }).catch(() => undefined);
    if (bytes - synced < SYNC_EVERY) continue;
    synced = bytes;
    await syncing;
    syncing = file.datasync();
    // Awaited before the next one; a failure must not be unheard until then.
    syncing.catch(() => undefined);
  }
  await syncing;
  return { bytes, digest: digest(hash.digest('hex')) };
}

/** As zstd and age say it. */
const FULL = /no space left on device|disk quota exceeded/i;

/** The error of a full disk in words that help; undefined for any other. */
export function fullDisk(path: string, error: unknown): HoldpointError | undefined {
  const { code } = error as NodeJS.ErrnoException;
  const told = error instanceof HoldpointError && error.details.some((line) => FULL.test(line));
  if (code !== 'ENOSPC' && code !== 'EDQUOT' && !told) return undefined;
  return new HoldpointError('command-failed', `the disk of ${path} filled up; no backup was made`, {
    cause: error,
    next: 'Make room, or let fewer backups stay with `backups.retention`, then try again.',
  });
}

/** Throws `configuration` when the disk of a folder has less room than this. */
export async function assertRoom(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= needed) return;
  throw new HoldpointError('configuration', `the disk of ${folder} has no room for the backup`, {
    details: [`needed: about ${mebibytes(needed)}`, `free: ${mebibytes(free)}`],
    next: 'Make room, or let fewer backups stay with `backups.retention`.',
  });
}

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

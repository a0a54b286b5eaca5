import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { type Digest, digest } from '../../kernel/ids.ts';
import type { Account } from '../../system/postgres/account.ts';

const CHUNK = 1 << 20;

export interface Copied {
  readonly bytes: number;
  readonly sha256: Digest;
}

export interface CopyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Owner of the copy, where the caller may give it away. */
  readonly account?: Account | undefined;
  /** Wait until the disk has it. */
  readonly durable: boolean;
}

/**
 * Copies as many bytes as the file has at the start: what is appended meanwhile is the write-ahead log's to repeat.
 * The digest is of what was written, so that reading the copy back proves the copy.
 */
export async function copyWithDigest(from: string, to: string, options: CopyOptions): Promise<Copied> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'wx', 0o600);
    try {
      const { size } = await source.stat();
      const copied = await readThrough(source, size, options.signal, (chunk) => writeAll(target, chunk));
      if (options.account !== undefined) await target.chown(options.account.uid, options.account.gid);
      if (options.durable) await target.datasync();
      return copied;
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Waits until the disk has a file that was just written, and reads it back. */
export async function sealed(path: string): Promise<Copied> {
  const file = await open(path, 'r+');
  await file.datasync().finally(() => file.close());
  return digestFile(path);
}

/** Size and digest of a file as it can be read now. */
export async function digestFile(path: string, signal?: AbortSignal): Promise<Copied> {
  const source = await open(path, 'r');
  try {
    const { size } = await source.stat();
    return await readThrough(source, size, signal, async () => undefined);
  } finally {
    await source.close();
  }
}

async function readThrough(
  source: FileHandle,
  size: number,
  signal: AbortSignal | undefined,
  each: (chunk: Buffer) => Promise<void>,
): Promise<Copied> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(CHUNK, size)));
  let bytes = 0;
  while (bytes < size) {
    signal?.throwIfAborted();
    const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, size - bytes), null);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    hash.update(chunk);
    await each(chunk);
    bytes += bytesRead;
  }
  return { bytes, sha256: digest(hash.digest('hex')) };
}

async function writeAll(target: FileHandle, chunk: Buffer): Promise<void> {
  for (let written = 0; written < chunk.length; ) {
    written += (await target.write(chunk, written, chunk.length - written)).bytesWritten;
  }
}

/** Runs `each` over all items, `width` at a time; the first error wins after those under way have ended. */
export async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  each: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const item of rest) {
      if (failures.length > 0) return;
      await each(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  if (failures.length > 0) throw failures[0];
}

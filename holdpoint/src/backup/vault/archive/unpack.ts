import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { HoldpointError } from '../../../kernel/errors.ts';
import type { Command } from '../../../system/exec/command.ts';
import { pipe } from '../../../system/exec/pipe.ts';
import { assertEmpty, emptyFolder } from '../empty-folder.ts';
import type { Stored } from '../vault.ts';
import { decompressing, decrypting, unpacking } from './commands.ts';
import { COPY_WITHIN } from './deposit.ts';
import { pipeError } from './pipe-error.ts';

const CHUNK = 2 ** 21;

interface Packed {
  readonly path: string;
  readonly stored: Stored;
  readonly identity: string | undefined;
}

/** Unpacks a tree. Unless its file has the digest that was kept, the folder is emptied again. */
export async function unpackTree(
  packed: Packed,
  into: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  await assertEmpty(into);
  try {
    await readPacked(packed, [unpacking(into, process.getuid?.() === 0)], undefined, signal);
  } catch (error) {
    await emptyFolder(into);
    throw error;
  }
}

export async function unpackText(packed: Packed, signal: AbortSignal | undefined): Promise<string> {
  const chunks: Buffer[] = [];
  await readPacked(packed, [], (chunk) => void chunks.push(Buffer.from(chunk)), signal);
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Sends the file through its programs. Its digest is made beside them: a process that is busy with something else would
 * hold them up if the bytes went through it. A wrong one goes before whatever the programs made of it.
 */
async function readPacked(
  { path, stored, identity }: Packed,
  then: readonly Command[],
  sink: ((chunk: Buffer) => void) | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const encrypted = path.endsWith('.age');
  if (encrypted && identity === undefined) throw noIdentity(path);
  const commands = [
    ...(encrypted && identity !== undefined ? [decrypting(identity)] : []),
    decompressing(),
    ...then,
  ];
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw tampered(path, 'it is not there');
    throw error;
  });
  try {
    const [result, found] = await Promise.all([
      pipe(commands, {
        ...{ timeout: COPY_WITHIN, signal, input: file.fd },
        ...(sink === undefined ? {} : { sink }),
      }),
      digestOf(file, signal),
    ]);
    if (found.bytes !== stored.bytes) throw tampered(path, 'its length is another');
    if (stored.digest !== undefined && found.digest !== stored.digest)
      throw tampered(path, 'its digest is another');
    const failed = pipeError(`read ${path}`, result);
    if (failed !== undefined) throw failed;
  } finally {
    await file.close();
  }
}

/** Read by positions, so that the programs' own place in the file stays theirs. */
async function digestOf(
  file: FileHandle,
  signal: AbortSignal | undefined,
): Promise<{ readonly bytes: number; readonly digest: string }> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK);
  let bytes = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, CHUNK, bytes);
    if (bytesRead === 0) return { bytes, digest: hash.digest('hex') };
    hash.update(buffer.subarray(0, bytesRead));
    bytes += bytesRead;
  }
}

const tampered = (path: string, how: string): HoldpointError =>
  new HoldpointError('tampered', `${path} is not what was written: ${how}`, {
    next: 'Restore another backup, and look for the fault of the disk.',
  });

const noIdentity = (path: string): HoldpointError =>
  new HoldpointError('configuration', `${path} is encrypted, and no identity was given to read it`, {
    next: 'Name the file with the private key under `backups.vault.identity`.',
  });

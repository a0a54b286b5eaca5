import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { sha256 } from '../../../kernel/canonical.ts';
import { HoldpointError } from '../../../kernel/errors.ts';
import { releaseClaim } from '../../../system/claims.ts';
import type { Command } from '../../../system/exec/command.ts';
import { pipe } from '../../../system/exec/pipe.ts';
import { writeAtomically } from '../../../system/files.ts';
import type { Deposit, Stored } from '../vault.ts';
import { compressing, encrypting, packing, restless } from './commands.ts';
import { fileName, MANIFEST, PARTS, plainNames, SUMS } from './layout.ts';
import { pipeError } from './pipe-error.ts';
import { assertRoom, fullDisk, writeThrough } from './written.ts';

/** Milliseconds; a day, since nobody can tell how much there is to copy. */
export const COPY_WITHIN = 86_400_000;
const TRIES = 3;

export interface DepositPlace {
  readonly vault: string;
  readonly id: string;
  /** Claimed by this process. */
  readonly partial: string;
  readonly recipients: readonly string[];
}

export function archiveDeposit({ vault, id, partial, recipients }: DepositPlace): Deposit {
  const sums = new Map<string, string>();
  const ending = recipients.length > 0 ? '.zst.age' : '.zst';
  const packed = [compressing(), ...(recipients.length > 0 ? [encrypting(recipients)] : [])];
  const write = async (
    key: string,
    commands: readonly Command[],
    options: { readonly signal?: AbortSignal | undefined; readonly source?: AsyncIterable<Uint8Array> },
  ): Promise<Stored | { readonly changed: readonly string[] }> => {
    const path = join(partial, key);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    let changed: readonly string[] | undefined;
    const written = await writeThrough(path, async (output) => {
      const result = await pipe(commands, { timeout: COPY_WITHIN, output, ...options });
      changed = result.ends[0]?.exitCode === 1 ? restless(result.ends[0].stderr) : undefined;
      const failed = pipeError(`write ${key}`, result, changed === undefined ? 0 : 1);
      if (failed !== undefined) throw failed;
    });
    if (changed !== undefined) {
      await rm(path);
      return { changed };
    }
    sums.set(key, written.digest);
    return { key, ...written };
  };
  return {
    async store(part, folder, signal, bytes) {
      const key = `${PARTS}/${fileName(part)}.tar${ending}`;
      await assertRoom(partial, await roomFor(vault, key, bytes));
      for (let tries = 1; ; tries += 1) {
        const stored = await write(key, [packing(folder), ...packed], { signal });
        if ('key' in stored) return stored;
        if (tries === TRIES) throw tooRestless(part, stored.changed);
      }
    },
    async write(name, text, signal) {
      const bytes = Buffer.from(text);
      async function* source(): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < bytes.length; at += 2 ** 18) yield bytes.subarray(at, at + 2 ** 18);
      }
      const stored = await write(`${fileName(name)}${ending}`, packed, { signal, source: source() });
      if ('key' in stored) return stored;
      throw new HoldpointError('internal', `a text cannot change while it is written: ${name}`);
    },
    async seal(manifest, signal) {
      signal?.throwIfAborted();
      sums.set(MANIFEST, sha256(manifest));
      const lines = [...sums].map(([key, sum]) => `${sum}  ${key}\n`).join('');
      try {
        await writeAtomically(join(partial, SUMS), lines, 0o600);
        await syncFolder(join(partial, PARTS));
        await writeAtomically(join(partial, MANIFEST), manifest, 0o600);
      } catch (error) {
        throw fullDisk(partial, error) ?? error;
      }
      await rename(partial, join(vault, id)).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code !== 'ENOTEMPTY' && cause.code !== 'EEXIST') throw cause;
        throw new HoldpointError('conflict', `there is a backup '${id}' already`, { cause });
      });
      await syncFolder(vault);
      // Not before it has its name: a torn backup that nobody claims would never be removed.
      await releaseClaim(join(vault, id));
    },
    async abandon() {
      await rm(partial, { recursive: true, force: true });
    },
  };
}

/** Bytes that are surely needed: nearly what the newest backup took for the same part; else a quarter of the files. */
async function roomFor(vault: string, key: string, bytes = 0): Promise<number> {
  const [newest] = (await plainNames(vault)).toSorted().toReversed();
  const before =
    newest === undefined ? undefined : await stat(join(vault, newest, key)).catch(() => undefined);
  return before === undefined ? bytes / 4 : Math.min(before.size, bytes === 0 ? before.size : bytes);
}

function tooRestless(part: string, names: readonly string[]): HoldpointError {
  return new HoldpointError(
    'command-failed',
    `${part} was written to while it was read, ${TRIES} times in a row`,
    {
      details: names.slice(0, 20),
      next: 'Let its containers be paused or stopped meanwhile with `backups.quiet`.',
    },
  );
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  await folder?.sync().finally(() => folder.close());
}

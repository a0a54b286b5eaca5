import { randomBytes } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../../kernel/canonical.ts';
import { HoldpointError } from '../../../kernel/errors.ts';
import { abandoned, makeClaimed } from '../../../system/claims.ts';
import { readTextIfAny, writeAtomically } from '../../../system/files.ts';
import type { Vault } from '../vault.ts';
import { archiveDeposit } from './deposit.ts';
import {
  fileName,
  isPartial,
  isPlain,
  keyPath,
  MANIFEST,
  partialPrefix,
  plainNames,
  SUMS,
  sealedFolder,
} from './layout.ts';
import { unpackText, unpackTree } from './unpack.ts';

export interface ArchiveOptions {
  /** Absolute. */
  readonly folder: string;
  /** Public keys of age; nothing is encrypted without any. */
  readonly recipients?: readonly string[];
  /** File with a private key of age. */
  readonly identity?: string | undefined;
}

/** A folder of tar archives, compressed with zstd, encrypted with age where there are recipients. */
export function archiveVault({ folder, recipients = [], identity }: ArchiveOptions): Vault {
  const packed = async (backup: string, stored: Parameters<Vault['read']>[1]) => {
    return { path: keyPath(await sealedFolder(folder, backup), stored.key), stored, identity };
  };
  return {
    kind: 'archive',
    place: folder,
    async begin(backup) {
      if (!isPlain(backup)) throw new HoldpointError('usage', `'${backup}' cannot be the name of a backup`);
      await mkdir(folder, { recursive: true, mode: 0o700 });
      for (const torn of await abandoned(folder, isPartial)) await rm(torn, { recursive: true, force: true });
      const there = await access(join(folder, backup)).then(
        () => true,
        () => false,
      );
      if (there) throw new HoldpointError('conflict', `there is a backup '${backup}' already`);
      const partial = await makeClaimed(folder, partialPrefix(backup));
      return archiveDeposit({ vault: folder, id: backup, partial, recipients });
    },
    async list() {
      const names = await plainNames(folder);
      const sealed = await Promise.all(
        names.map((name) =>
          access(join(folder, name, MANIFEST)).then(
            () => true,
            () => false,
          ),
        ),
      );
      return names.filter((_, index) => sealed[index]);
    },
    async manifest(backup) {
      const at = await sealedFolder(folder, backup);
      const text = (await readTextIfAny(join(at, MANIFEST))) ?? '';
      const sums = (await readTextIfAny(join(at, SUMS))) ?? '';
      if (sums.split('\n').includes(`${sha256(text)}  ${MANIFEST}`)) return text;
      throw new HoldpointError('tampered', `the manifest of '${backup}' is not what was written`, {
        next: 'Restore another backup, and look for the fault of the disk.',
      });
    },
    async fetch(backup, stored, into, signal) {
      await unpackTree(await packed(backup, stored), into, signal);
    },
    async read(backup, stored, signal) {
      return unpackText(await packed(backup, stored), signal);
    },
    async note(backup, name) {
      return readTextIfAny(join(await sealedFolder(folder, backup), 'notes', fileName(name)));
    },
    async keepNote(backup, name, text) {
      const at = join(await sealedFolder(folder, backup), 'notes', fileName(name));
      await writeAtomically(at, text, 0o600);
    },
    async remove(backup) {
      const doomed = `${partialPrefix(backup)}${process.pid}-${randomBytes(3).toString('hex')}`;
      await rename(await sealedFolder(folder, backup), join(folder, doomed));
      await rm(join(folder, doomed), { recursive: true, force: true });
    },
  };
}

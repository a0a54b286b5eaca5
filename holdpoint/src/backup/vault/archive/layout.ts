import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldpointError } from '../../../kernel/errors.ts';
import { readTextIfAny } from '../../../system/files.ts';

export const MANIFEST = 'manifest.json';
/** As `sha256sum` writes and checks it, so that a person can look without Holdpoint. */
export const SUMS = 'SHA256SUMS';
export const PARTS = 'parts';
const PARTIAL = '.partial-';

/** What a folder is called before its backup is whole, up to the process and a random end. */
export const partialPrefix = (id: string): string => `${id}${PARTIAL}`;
export const isPartial = (name: string): boolean => name.includes(PARTIAL);

const PLAIN = /^\w[\w.-]{0,120}$/;

/** The folder of a sealed backup; throws `not-found`, also for a name that could lead elsewhere. */
export async function sealedFolder(vault: string, id: string): Promise<string> {
  const folder = join(vault, id);
  if (isPlain(id) && (await readTextIfAny(join(folder, MANIFEST)).catch(() => undefined)) !== undefined)
    return folder;
  throw new HoldpointError('not-found', `there is no backup '${id}' in ${vault}`, {
    next: '`holdpoint backup list` shows those that are there.',
  });
}

export const isPlain = (id: string): boolean => PLAIN.test(id) && !isPartial(id);

/** Names of folders that may be sealed backups. */
export async function plainNames(vault: string): Promise<readonly string[]> {
  const names = await readdir(vault).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter(isPlain);
}

/** A part's name as a file's: `volume:uploads` becomes `volume+uploads`; anything odd is refused with `usage`. */
export function fileName(part: string): string {
  const name = part.replaceAll(':', '+');
  if (/^\w[\w.+@-]{0,120}$/.test(name)) return name;
  throw new HoldpointError('usage', `'${part}' cannot be the name of a part`);
}

/** A stored key below the folder of its backup; throws `tampered` when it leads anywhere else. */
export function keyPath(folder: string, key: string): string {
  const plain = key.split('/').every((segment) => /^\w[\w.+@-]*$/.test(segment));
  if (plain) return join(folder, key);
  throw new HoldpointError('tampered', `'${key}' does not lie in the backup`);
}

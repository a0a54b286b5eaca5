import { lchown, mkdir, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import { readTextIfAny } from '../../system/files.ts';
import { type Account, serverAccount } from '../../system/postgres/account.ts';
import { OWN_SETTINGS } from '../../system/postgres/cluster.ts';
import { copyWithDigest, inParallel } from './copying.ts';
import { FILES } from './manifest.ts';
import type { Replacement } from './replacement.ts';
import { readPlain, writeOwned } from './restoring-files.ts';
import { exists, holds, MARKER, type Marker, originalOf } from './restoring-place.ts';
import { SETTINGS, withRecovery } from './restoring-recovery.ts';
import { syncFolder } from './store.ts';
import { differenceOf, ifPresent, incomplete, unlisted } from './verify.ts';
import { walSegments } from './wal.ts';

const WIDTH = 8;
const SIGNALS: readonly string[] = ['standby.signal', 'recovery.signal'];

/**
 * Copies the backup into a folder beside the data directory, ready to be started there, with every digest compared
 * and all of it on the disk. It has its name only once it is whole. Throws `tampered`; an error leaves nothing.
 */
export async function layBeside(replacement: Replacement, signal: AbortSignal): Promise<void> {
  const { place, run, digest } = replacement;
  if (await holds(place.beside, run, digest)) return;
  // What a killed attempt left, or a copy of another backup.
  for (const path of [place.partial, place.beside]) await rm(path, { recursive: true, force: true });
  try {
    await fill(replacement, signal);
    await rename(place.partial, place.beside);
    await syncFolder(place.parent);
  } catch (error) {
    await rm(place.partial, { recursive: true, force: true });
    throw isFull(error) ? filledUp(place.parent, error) : error;
  }
}

function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function filledUp(parent: string, cause: unknown): HoldpointError {
  return new HoldpointError('command-failed', `the disk of ${parent} filled up; nothing was changed`, {
    cause,
    next: 'Make room on that disk, and restore again.',
  });
}

async function fill(replacement: Replacement, signal: AbortSignal): Promise<void> {
  const { place, manifest } = replacement;
  const present = await originalOf(place);
  const account = await serverAccount(present);
  const folders = ['', ...manifest.folders, ...added(manifest.folders)];
  await mkdir(place.partial, { mode: 0o700 });
  for (const path of folders) await mkdir(join(place.partial, path), { mode: 0o700, recursive: true });
  await copyFiles(replacement, account, signal);
  await carryOver(replacement, present, account);
  await writeOwned(join(place.partial, MARKER), `${JSON.stringify(markerOf(replacement))}\n`, account);
  await inParallel(folders.toReversed(), WIDTH, async (path) => {
    const folder = join(place.partial, path);
    // Given away last, and not through links: until then nobody but us can put anything into it.
    if (account !== undefined) await lchown(folder, account.uid, account.gid);
    await syncFolder(folder);
  });
}

function markerOf({ run, id, digest }: Replacement): Marker {
  return { run, backup: id, manifest: digest };
}

function added(folders: readonly string[]): readonly string[] {
  return ['pg_wal', 'pg_wal/archive_status'].filter((path) => !folders.includes(path));
}

async function copyFiles(
  { folder, manifest, place }: Replacement,
  account: Account | undefined,
  signal: AbortSignal,
): Promise<void> {
  const wrong = [...incomplete(manifest), ...(await unlisted(folder, manifest))];
  // The largest first, so that none is left to be copied alone at the end.
  const files = manifest.files.toSorted((a, b) => b.bytes - a.bytes);
  await inParallel(wrong.length > 0 ? [] : files, WIDTH, async (entry) => {
    const target = join(place.partial, entry.path);
    const copying = copyWithDigest(join(folder, FILES, entry.path), target, {
      signal,
      account,
      durable: true,
    });
    const difference = differenceOf(entry, await ifPresent(copying));
    if (difference !== undefined) wrong.push(difference);
  });
  if (wrong.length === 0) return;
  throw new HoldpointError('tampered', `${wrong.length} files of the backup are not what was written`, {
    details: wrong.slice(0, 20),
    next: 'Restore an older backup, and look after the disk that holds this one.',
  });
}

/** What a data directory has beyond a backup's files, and what one recovery needs. */
async function carryOver(
  { manifest, place: { partial } }: Replacement,
  present: string,
  account: Account | undefined,
): Promise<void> {
  for (const name of SIGNALS) await rm(join(partial, name), { force: true });
  await writeOwned(join(partial, 'recovery.signal'), '', account);
  const settings = (await readTextIfAny(join(partial, SETTINGS))) ?? '';
  await writeOwned(join(partial, SETTINGS), withRecovery(settings), account);
  // Written at each start: the port at which the server is known now is newer than the backup.
  const own = await readPlain(join(present, OWN_SETTINGS));
  if (own !== undefined) await writeOwned(join(partial, OWN_SETTINGS), own, account);
  for (const entry of await readdir(present, { withFileTypes: true })) {
    // Configuration and certificates that lie elsewhere. The data directory's name stays, so relative links hold.
    if (!entry.isSymbolicLink() || (await exists(join(partial, entry.name)))) continue;
    await symlink(await readlink(join(present, entry.name)), join(partial, entry.name));
    if (account !== undefined) await lchown(join(partial, entry.name), account.uid, account.gid);
  }
  // The new timeline must be one that the present data never had.
  for (const name of await readdir(join(present, 'pg_wal'))) {
    if (!/^[0-9A-F]{8}\.history$/.test(name) || (await exists(join(partial, 'pg_wal', name)))) continue;
    const history = await readPlain(join(present, 'pg_wal', name));
    if (history !== undefined) await writeOwned(join(partial, 'pg_wal', name), history, account);
  }
  const { timeline, startLsn, stopLsn } = manifest.consistency;
  for (const name of walSegments(timeline, startLsn, stopLsn, manifest.server.walSegmentSize)) {
    // An archive has them from the original, and may refuse to be given one twice.
    await writeOwned(join(partial, 'pg_wal/archive_status', `${name}.done`), '', account);
  }
}

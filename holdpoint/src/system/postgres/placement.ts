import { randomUUID } from 'node:crypto';
import {
  chmod,
  constants,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';

const LISTING = 'complete.json';
const PARTS: readonly string[] = ['bin', 'lib', 'share'];

/**
 * Copies the package's programs to `root` unless a whole copy of ours stands there. Two processes may do it at once:
 * each copies beside and renames, and the second finds the first's. Throws `conflict` for a folder that is not ours.
 */
export async function placeOnce(source: string, root: string, uid: number): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (await isWhole(root, uid)) return;
    const partial = `${root}.${randomUUID()}.partial`;
    try {
      await copyProgramsTo(partial, source);
      await rename(partial, root);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
      // Another process was first, or a cleaner of old temporary files has left a torn copy, which must go.
      if (!(await isWhole(root, uid))) await discard(root);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }
  if (await isWhole(root, uid)) return;
  throw new HoldpointError('conflict', `the PostgreSQL programs cannot be placed at ${root}`, {
    next: 'Remove that folder and run again.',
  });
}

async function discard(root: string): Promise<void> {
  const aside = `${root}.${randomUUID()}.torn`;
  await rename(root, aside).catch(() => undefined);
  await rm(aside, { recursive: true, force: true });
}

/** False when absent or torn; throws `conflict` when anybody else could have put programs there. */
async function isWhole(root: string, uid: number): Promise<boolean> {
  const entry = await lstat(root).catch(() => undefined);
  if (entry === undefined) return false;
  if (!entry.isDirectory() || entry.uid !== uid || (entry.mode & 0o022) !== 0) {
    throw new HoldpointError('conflict', `${root} is not a folder that this user alone may change`, {
      next: 'Remove it, or set TMPDIR to a folder of your own.',
    });
  }
  try {
    const listing = JSON.parse(await readFile(join(root, LISTING), 'utf8')) as Record<string, number>;
    const sizes = await Promise.all(
      Object.entries(listing).map(async ([path, size]) => (await stat(join(root, path))).size === size),
    );
    return sizes.length > 0 && sizes.every(Boolean);
  } catch {
    return false;
  }
}

async function copyProgramsTo(target: string, source: string): Promise<void> {
  const native = join(source, 'native');
  const listing: Record<string, number> = {};
  await makeFolder(target);
  for (const part of PARTS) await copyTree(join(native, part), join(target, part), target, listing);
  const links = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')) as readonly {
    source: string;
    target: string;
  }[];
  for (const link of links) {
    const at = join(target, relative('native', link.target));
    const to = relative(dirname(at), join(target, relative('native', link.source)));
    await symlink(to, at).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  await writeFile(join(target, LISTING), JSON.stringify(listing), { mode: 0o644 });
}

async function copyTree(
  from: string,
  to: string,
  root: string,
  listing: Record<string, number>,
): Promise<void> {
  await makeFolder(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target, root, listing);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    // Static libraries and headers only serve those who compile against the server.
    else if (entry.isFile() && !entry.name.endsWith('.a')) {
      await copyFile(source, target, constants.COPYFILE_FICLONE);
      const { mode, size } = await stat(source);
      await chmod(target, (mode & 0o111) === 0 ? 0o644 : 0o755);
      listing[relative(root, target)] = size;
    }
  }
}

/** Open to be read whatever the umask: the server's user is not the one who copies. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path);
  await chmod(path, 0o755);
}

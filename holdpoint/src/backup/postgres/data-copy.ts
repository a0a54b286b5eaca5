import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';
import { type Copied, copyWithDigest, inParallel, sealed } from './copying.ts';
import { CONTROL_FILE, isEmptied, isLeftOut, mayVanish } from './selection.ts';

export interface CopiedFile extends Copied {
  readonly path: string;
}

export interface DataCopy {
  readonly data: string;
  /** An existing, empty folder. */
  readonly target: string;
  readonly signal?: AbortSignal | undefined;
}

const WIDTH = 4;

/** Copies a data directory's files, the control file last. Consistent only between a backup's start and stop. */
export async function copyData(
  options: DataCopy,
): Promise<{ readonly folders: readonly string[]; readonly files: CopiedFile[] }> {
  const found: { folders: string[]; files: string[] } = { folders: [], files: [] };
  await walk(options.data, '', found);
  for (const folder of found.folders) await mkdir(join(options.target, folder), { mode: 0o700 });
  const files: CopiedFile[] = [];
  await inParallel(found.files, WIDTH, async (path) => {
    const copied = await copyOne(options, path);
    if (copied !== undefined) files.push({ path, ...copied });
  });
  files.push(await copyControlFile(options));
  return { folders: found.folders, files };
}

/** Lists parents before children. Tablespaces are followed; other links lead out of the database. */
async function walk(data: string, at: string, found: { folders: string[]; files: string[] }): Promise<void> {
  const entries = await readdir(join(data, at), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' && mayVanish(`${at}/`)) return [];
      throw error;
    },
  );
  for (const entry of entries) {
    const path = at === '' ? entry.name : `${at}/${entry.name}`;
    if (isLeftOut(path)) continue;
    const linked = entry.isSymbolicLink() && (at === 'pg_tblspc' || path === 'pg_wal');
    if (entry.isDirectory() || linked) {
      found.folders.push(path);
      if (!isEmptied(path)) await walk(data, path, found);
    } else if (entry.isFile()) found.files.push(path);
  }
}

async function copyOne(options: DataCopy, path: string): Promise<Copied | undefined> {
  try {
    return await copyWithDigest(join(options.data, path), join(options.target, path), {
      signal: options.signal,
      durable: true,
    });
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (gone && mayVanish(path) && (await isGone(join(options.data, path)))) return undefined;
    throw error;
  }
}

async function isGone(path: string): Promise<boolean> {
  return stat(path).then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );
}

/** Rewritten in place while we read; two equal readings in a row are a whole one. */
async function copyControlFile(options: DataCopy): Promise<CopiedFile> {
  const from = join(options.data, CONTROL_FILE);
  const to = join(options.target, CONTROL_FILE);
  let last = await readFile(from);
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const again = await readFile(from);
    if (again.equals(last)) {
      await writeFile(to, again, { flag: 'wx', mode: 0o600 });
      return { path: CONTROL_FILE, ...(await sealed(to)) };
    }
    last = again;
  }
  throw new HoldpointError('conflict', 'the control file never stood still', {
    next: 'Take the backup again.',
  });
}

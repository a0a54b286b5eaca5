import {
  chmod,
  copyFile,
  lchown,
  lstat,
  mkdir,
  readlink,
  rename,
  rm,
  symlink,
  utimes,
} from 'node:fs/promises';
import type { Clock } from '../../../kernel/clock.ts';
import { HoldpointError } from '../../../kernel/errors.ts';
import type { Exec } from '../../../system/exec/command.ts';
import { unescapeName } from '../../set/entries.ts';
import { changedBetween, listTree, type Tree } from '../../set/tree.ts';

const COPY_WITHIN = 24 * 3_600_000;
/** Looks in all; a file that is written all the while is not going to settle. */
const ROUNDS = 6;
/** Milliseconds before a second look, growing. */
const PAUSE = 150;
const SHOWN = 20;

export interface Copying {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Copies a folder that is written to meanwhile: what has changed while it was read is read again, until each file was
 * the same before and after. Throws `conflict` naming those that never were.
 */
export async function settledCopy(from: string, to: string, copying: Copying): Promise<void> {
  const { exec, clock, signal } = copying;
  const look = (): Promise<Tree> => listTree(from, { digests: false, signal });
  let before = await look();
  await copyTree(from, to, exec, signal);
  let changed: readonly string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const after = await look();
    changed = changedBetween(before, after).filter((path) => path !== '.');
    if (changed.length === 0) return;
    before = after;
    await clock.wait(PAUSE * round, signal);
    before = await look();
    changed = [...new Set([...changed, ...changedBetween(after, before)])].sort();
    for (const path of changed) if (path !== '.') await copyAgain(below(from, path), below(to, path));
  }
  throw new HoldpointError('conflict', `${changed.length} files changed whenever they were read`, {
    details: changed.slice(0, SHOWN),
    next: 'Set `quiet: pause` or `quiet: stop` in `backups`, so that nobody writes while they are copied.',
  });
}

/** With owners, modes, times, links, holes and extended attributes. What vanishes meanwhile is no fault. */
export async function copyTree(
  from: string,
  to: string,
  exec: Exec,
  signal: AbortSignal | undefined,
): Promise<void> {
  const result = await exec(
    {
      program: 'cp',
      args: ['--archive', '--reflink=auto', '--no-target-directory', '--', from, to],
      environment: { LC_ALL: 'C' },
    },
    { timeout: COPY_WITHIN, ...(signal === undefined ? {} : { signal }) },
  );
  const said = result.stderr.split('\n').filter((line) => line !== '');
  const vanished = said.every((line) => line.endsWith('No such file or directory'));
  if (result.exitCode === 0 || (result.exitCode === 1 && vanished)) return;
  throw new HoldpointError('command-failed', `${from} could not be copied`, {
    details: said.slice(-10),
    next: 'Look after the room on the disk, and that you may read all of it.',
  });
}

const below = (folder: string, path: string): Buffer =>
  Buffer.concat([Buffer.from(`${folder}/`), unescapeName(path)]);

async function copyAgain(from: Buffer, to: Buffer): Promise<void> {
  try {
    const stat = await lstat(from);
    if (stat.isDirectory()) {
      await mkdir(to).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
        if (!(await lstat(to)).isDirectory()) await rm(to).then(() => mkdir(to));
      });
    } else if (stat.isSymbolicLink()) {
      await rm(to, { recursive: true, force: true });
      await symlink(await readlink(from, { encoding: 'buffer' }), to);
    } else if (stat.isFile()) {
      const partial = Buffer.concat([to, Buffer.from('.holdpoint-partial')]);
      await copyFile(from, partial);
      if ((await lstat(to).catch(() => undefined))?.isDirectory()) await rm(to, { recursive: true });
      await rename(partial, to);
    } else return;
    await lchown(to, stat.uid, stat.gid);
    if (stat.isSymbolicLink()) return;
    await chmod(to, stat.mode & 0o7777);
    await utimes(to, stat.atime, stat.mtime);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await rm(to, { recursive: true, force: true });
  }
}

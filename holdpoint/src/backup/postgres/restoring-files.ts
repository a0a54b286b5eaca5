import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Account } from '../../system/postgres/account.ts';
import { syncFolder } from './store.ts';

/** Writes a file of the server's account anew and waits for the disk. */
export async function writeOwned(
  path: string,
  content: string | Buffer,
  account: Account | undefined,
): Promise<void> {
  await rm(path, { force: true });
  // Fails on a link that somebody puts there: root writes here in folders of another account.
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    if (account !== undefined) await file.chown(account.uid, account.gid);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** The same for a file that a server reads at any time: it sees the old content or the new. */
export async function replaceOwned(
  path: string,
  content: string,
  account: Account | undefined,
): Promise<void> {
  const partial = `${path}.partial`;
  await writeOwned(partial, content, account);
  await rename(partial, path);
  await syncFolder(dirname(path));
}

/** A plain file's content; undefined when there is none, and for a link, through which an account could lead root. */
export async function readPlain(path: string): Promise<Buffer | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ELOOP') return undefined;
      throw error;
    },
  );
  return file?.readFile().finally(() => file.close());
}

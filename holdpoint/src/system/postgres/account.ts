import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HoldpointError } from '../../kernel/errors.ts';

/** A user of the system as whom a command can be run. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * As whom the server of this data directory runs. PostgreSQL refuses to run as root, so root hands it to the
 * directory's owner, and a directory that is new or root's own to `nobody`. Undefined means: as ourselves.
 */
export async function serverAccount(data: string): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await stat(data).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const nobody = parseAccount(await readFile('/etc/passwd', 'utf8'), 'nobody');
  if (nobody !== undefined) return nobody;
  throw new HoldpointError(
    'configuration',
    "PostgreSQL does not run as root, and there is no user 'nobody'",
    {
      next: 'Run Holdpoint as an ordinary user.',
    },
  );
}

/** The numbers of one user in a passwd file (passwd(5)). */
export function parseAccount(passwd: string, name: string): Account | undefined {
  for (const line of passwd.split('\n')) {
    const [user, , uid, gid] = line.split(':');
    if (user === name && /^\d+$/.test(uid ?? '') && /^\d+$/.test(gid ?? '')) {
      return { uid: Number(uid), gid: Number(gid) };
    }
  }
  return undefined;
}

/** Throws `configuration` when a folder above `path` is closed to the account; PostgreSQL would only say 'denied'. */
export async function assertReachable(path: string, account: Account): Promise<void> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) {
      throw new HoldpointError(
        'configuration',
        `the user ${account.uid}, as whom PostgreSQL runs, cannot enter ${folder}`,
        { next: 'Put the data below a folder that others may enter, or run as an ordinary user.' },
      );
    }
    if (folder === dirname(folder)) return;
  }
}
